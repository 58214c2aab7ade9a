import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { emitJson } from '../../src/emit/json.ts';
import { lower } from '../../src/lower/lower.ts';
import { parseAddress } from '../../src/model/address.ts';
import type { Model } from '../../src/model/model.ts';
import { arbitraryModel } from '../support/arbitrary-model.ts';
import { RUNS, runs } from './runs.ts';
import { GATEWAY } from '../support/model.ts';

interface Command {
  readonly rule?: { readonly chain: string; readonly expr: readonly Record<string, unknown>[] };
  readonly chain?: { readonly name: string; readonly type?: string; readonly hook?: string; readonly prio?: unknown };
}

const commandsOf = (model: Model, facts?: typeof GATEWAY): Command[] =>
  (JSON.parse(emitJson(lower(model, facts)).text) as { nftables: { add?: Command }[] }).nftables.flatMap(
    ({ add }) => add ?? [],
  );

/** Every value at any depth, with its key. */
function leaves(value: unknown, key = ''): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, key));
  if (typeof value !== 'object' || value === null) return [[key, value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, name));
}

test.each([
  ['without host facts', undefined],
  ['with host facts', GATEWAY],
])(`ports are integers and addresses canonical, %s (seed ${RUNS.seed})`, (_, facts) => {
  fc.assert(
    fc.property(arbitraryModel(60), (model) => {
      expect(leaves(commandsOf(model, facts)).filter(([key, value]) => !isSound(key, value))).toEqual([]);
    }),
    runs(200),
  );
});

/** A string must not look like a number, an address must be canonical, and nothing may end a string or a statement. */
function isSound(key: string, value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value);
  if (typeof value !== 'string' || key === 'comment') return true;
  if (value === '' || /[\p{Cc}"\\;{}]/u.test(value)) return false;
  return isIP(value) === 0 ? !/^[\d\s+.-]*$|^0x/.test(value) : parseAddress(value)?.text === value;
}

test.each([
  ['without host facts', undefined],
  ['with host facts', GATEWAY],
])(
  `in the nat chains of prerouting and output nothing happens without a match on the address, %s (seed ${RUNS.seed})`,
  (_, facts) => {
    fc.assert(
      fc.property(arbitraryModel(60), (model) => {
        const commands = commandsOf(model, facts);
        const hooked = new Set(
          commands.flatMap(({ chain }) =>
            chain?.type === 'nat' && (chain.hook === 'prerouting' || chain.hook === 'output') ? [chain.name] : [],
          ),
        );
        const rules = commands.flatMap(({ rule }) => rule ?? []);
        expect(hooked.size).toBe(model.forwards.some(({ enabled }) => enabled) ? 2 : 0);
        // The rules for listens on an interface match the address themselves, in a chain that prerouting jumps to.
        for (const { expr } of rules.filter(({ chain }) => hooked.has(chain)))
          expect(expr.some(matchesAddress) || jumpsTo(expr, 'pf_on_incoming')).toBe(true);
        for (const { expr } of rules.filter(({ chain }) => chain === 'pf_on_incoming'))
          expect(expr.some(matchesAddress) || expr.some((statement) => 'return' in statement)).toBe(true);
      }),
      runs(200),
    );
  },
);

const jumpsTo = (expr: readonly Record<string, unknown>[], chain: string): boolean =>
  JSON.stringify(expr) === JSON.stringify([{ jump: { target: chain } }]);

/** `fib daddr type local`, `fib daddr . iif type local`, or `ip daddr …`. */
function matchesAddress({ match }: Record<string, unknown>): boolean {
  const { left, right } = (match ?? {}) as {
    left?: { fib?: { flags: unknown }; payload?: { field: string } };
    right?: unknown;
  };
  return (
    (left?.fib !== undefined && /^\["daddr"(?:,"iif")?\]$/.test(JSON.stringify(left.fib.flags)) && right === 'local') ||
    left?.payload?.field === 'daddr'
  );
}
