import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lower } from '../../src/lower/lower.ts';
import type { HostFacts } from '../../src/model/host-facts.ts';
import { networkOf } from '../../src/model/prefix.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { replyPathOf, sharedSubnet } from '../../src/model/routing/reply-path.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { modelOf } from '../support/model.ts';
import { RUNS } from './runs.ts';

/** Addresses that meet in few prefixes, so that these contain each other. */
const last = fc.integer({ min: 0, max: 255 });
const address4 = fc
  .tuple(fc.constantFrom(7, 8), fc.constantFrom(0, 1, 128), last)
  .map(([a, b, c]) => `10.${a}.${b}.${c}`);
const address6 = fc
  .tuple(fc.constantFrom(7, 8), fc.constantFrom(1, 2, 0x8000), last)
  .map(([a, b, c]) => `2001:db8:${a}:${b.toString(16)}::${(c + 1).toString(16)}`);
const prefix4 = fc
  .tuple(address4, fc.constantFrom(15, 16, 17, 24, 25, 28, 32))
  .map(([a, length]) => networkOf(a, length));
const prefix6 = fc.tuple(address6, fc.constantFrom(47, 48, 49, 64, 65, 128)).map(([a, length]) => networkOf(a, length));

const ROUTERS = [
  { via: '10.0.0.3', interface: 'in0' },
  { via: '10.0.0.4', interface: 'in0' },
  { via: '10.0.1.3', interface: 'in1' },
];
const ROUTERS6 = [
  { via: 'fe80::3', interface: 'in0' },
  { via: 'fe80::4', interface: 'in0' },
  { via: '2001:db8:f1::3', interface: 'in1' },
];

const routed = fc.array(
  fc.oneof(
    fc.record({ prefix: prefix4, to: fc.constantFrom(...ROUTERS) }),
    fc.record({ prefix: prefix6, to: fc.constantFrom(...ROUTERS6) }),
  ),
  { minLength: 10, maxLength: 40 },
);
const guests = fc.array(fc.record({ prefix: fc.oneof(prefix4, prefix6), interface: fc.constantFrom('in0', 'in1') }), {
  maxLength: 8,
});

const facts = fc.tuple(routed, guests).map(([routes, onLink]): HostFacts => ({
  version: 1,
  addresses: [
    { interface: 'in0', address: '10.0.0.1', prefixLength: 24 },
    { interface: 'in0', address: '2001:db8:f0::1', prefixLength: 64 },
  ],
  onLink: [
    { prefix: '10.0.0.0/24', interface: 'in0' },
    { prefix: '10.0.1.0/24', interface: 'in1' },
    { prefix: '2001:db8:f0::/64', interface: 'in0' },
    { prefix: '2001:db8:f1::/64', interface: 'in1' },
    ...onLink,
  ],
  routed: routes.map(({ prefix, to }) => ({ prefix, ...to })),
  forwarding: { ip: true, ip6: true },
}));

const targets = fc.uniqueArray(fc.oneof(address4, address6), { minLength: 8, maxLength: 40 });
const clients = fc.array(
  fc.oneof(
    address4,
    address6,
    fc.constantFrom('10.0.0.9', '10.0.1.9', '192.0.2.9', '2001:db8:f0::9', '2001:db8:f1::9'),
  ),
  { minLength: 10, maxLength: 30 },
);

const HOST = { ip: '10.0.0.1', ip6: '2001:db8:f0::1' };
const familyOf = (address: string): 'ip' | 'ip6' => (address.includes(':') ? 'ip6' : 'ip');
const route = (address: string): { local: boolean; oifname: string } => ({
  local: Object.values(HOST).includes(address),
  oifname: 'in0',
});

/** One forward for each target, from port 6000 on. */
const rulesetFor = (to: readonly string[], host: HostFacts): Ruleset =>
  lower(
    modelOf(
      JSON.stringify({
        version: 1,
        forwards: to.map((address, index) =>
          familyOf(address) === 'ip6'
            ? { listen: `[::]:${6000 + index}`, target: `[${address}]` }
            : { listen: 6000 + index, target: address },
        ),
      }),
    ),
    host,
  );

const isRewritten = (ruleset: Ruleset, source: string, index: number): boolean => {
  const destination = HOST[familyOf(source)];
  const packet = { path: 'incoming', iifname: 'out0', protocol: 'tcp', source, destination, syn: true } as const;
  return simulate(ruleset, { ...packet, destinationPort: 6000 + index }, route).masqueraded;
};

const isAnsweredDirectly = (host: HostFacts, target: string, source: string): boolean => {
  const path = replyPathOf(host, target);
  return path !== undefined && sharedSubnet(path, source) !== undefined;
};

test(`pairs of prefixes decide as the reply path of each target does (seed ${RUNS.seed})`, () => {
  const seen = { pairs: 0, rules: 0, rewritten: 0, kept: 0 };
  fc.assert(
    fc.property(facts, targets, clients, (host, to, from) => {
      const ruleset = rulesetFor(to, host);
      seen[ruleset.sets.some(({ name }) => name.startsWith('pf_same')) ? 'pairs' : 'rules'] += 1;
      for (const [index, target] of to.entries())
        for (const source of from.filter((one) => one !== target && familyOf(one) === familyOf(target))) {
          const expected = isAnsweredDirectly(host, target, source);
          seen[expected ? 'rewritten' : 'kept'] += 1;
          const rewritten = isRewritten(ruleset, source, index);
          expect({ target, source, rewritten }).toEqual({ target, source, rewritten: expected });
        }
    }),
    RUNS,
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
});
