import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkListenOverlap } from '../../src/check/listen-overlap.ts';
import type { Forward, Listen, Model } from '../../src/model/model.ts';
import { arbitraryModel } from '../support/arbitrary-model.ts';
import { RUNS, runs } from './runs.ts';

interface Claim {
  readonly forward: Forward;
  readonly listen: Listen;
  readonly protocol: string;
}

/** The plainest thing that can be said: is there a packet that both would take? */
function sharePacket(a: Claim, b: Claim): boolean {
  const interfaces = ['eth', 'eth0', 'eth1', 'eth10', 'wan0', 'other'];
  const addresses = ['192.0.2.1', '198.51.100.7', '2001:db8::1', '2001:db8:0:1::', 'another'];
  const common = <T>(all: readonly T[], takes: (claim: Claim, one: T) => boolean): boolean =>
    all.some((one) => takes(a, one) && takes(b, one));
  return (
    a.protocol === b.protocol &&
    a.forward.family === b.forward.family &&
    common(addresses, ({ listen }, one) => listen.address === undefined || listen.address === one) &&
    (a.listen.interface === undefined ||
      b.listen.interface === undefined ||
      common(interfaces, ({ listen }, one) => isName(listen.interface ?? '', one))) &&
    common(
      interfaces,
      ({ forward }, one) => forward.interfaces.length === 0 || forward.interfaces.some((name) => isName(name, one)),
    ) &&
    common(
      Array.from({ length: 40 }, (_, port) => port),
      ({ listen }, one) => listen.ports.first <= one && one <= listen.ports.last,
    )
  );
}

const isName = (pattern: string, name: string): boolean =>
  pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)));

const claimsOf = ({ forwards }: Model): Claim[] =>
  forwards.flatMap((forward) =>
    forward.listens.flatMap((listen) => forward.protocols.map((protocol) => ({ forward, listen, protocol }))),
  );

const key = (later: Claim['listen']['path'], earlier: Claim['listen']['path'] | undefined, protocol: string): string =>
  JSON.stringify([later, earlier, protocol]);

const laterOf = (pair: string): string => {
  const [later, , protocol] = JSON.parse(pair) as unknown[];
  return JSON.stringify([later, protocol]);
};

test(`what it finds is what two loops find (seed ${RUNS.seed})`, () => {
  fc.assert(
    fc.property(arbitraryModel(30), (model) => {
      const claims = claimsOf(model);
      const pairs = claims.flatMap((later, at) =>
        claims
          .slice(0, at)
          .filter((earlier) => sharePacket(later, earlier))
          .map((earlier) => ({ later, earlier })),
      );
      const expected = new Set(
        pairs.map(({ later, earlier }) => key(later.listen.path, earlier.listen.path, later.protocol)),
      );
      const found = checkListenOverlap(model.forwards).map(({ path, related, message }) =>
        key(path, related?.[0], message.split(' ')[0] ?? ''),
      );
      // No pair is made up, none is told twice, and no claim that meets an earlier one goes untold.
      expect(found.filter((pair) => !expected.has(pair))).toEqual([]);
      expect(new Set(found).size).toBe(found.length);
      expect(new Set(found.map(laterOf))).toEqual(new Set([...expected].map(laterOf)));
    }),
    runs(400),
  );
});
