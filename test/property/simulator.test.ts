import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../../src/check/check.ts';
import { lower } from '../../src/lower/lower.ts';
import type { Packet } from '../../src/simulate/packet.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { isMarked, LAB_HOST, labRoute, MANY_ROUTES, MARKED, NO_ROUTER } from './lab-host.ts';
import { expectedResult, simulatedResult } from './expected.ts';
import { isShutOut, expectedTranslation } from './oracle.ts';
import { modelText, parsed, soundPart } from './random-model.ts';
import { shoot, shots } from './random-packet.ts';
import { RUNS } from './runs.ts';

const ANY_HOST = fc.constantFrom(LAB_HOST, MANY_ROUTES, NO_ROUTER, undefined);

test.each([
  ['the ruleset does with every packet what the model means', ANY_HOST],
  ['so it does where packets with a mark take another way', fc.constant(MARKED)],
])(`%s (seed ${RUNS.seed})`, { timeout: 3_600_000 }, (_, facts) => {
  fc.assert(
    fc.property(modelText, shots(40), facts, (text, some, known) => {
      const model = soundPart(parsed(text), known);
      const ruleset = lower(model, known);
      for (const packet of some.map((shot) => shoot(shot, model)))
        expect({ packet, ...simulatedResult(simulate(ruleset, packet, labRoute(packet))) }).toEqual({
          packet,
          ...expectedResult(model, known, packet),
        });
    }),
    RUNS,
  );
});

test(`where two forwards mean one packet, check finds the overlap (seed ${RUNS.seed})`, () => {
  fc.assert(
    fc.property(modelText, shots(40), (text, some) => {
      const model = parsed(text);
      const meant = (packet: Packet): string[] =>
        model.forwards.flatMap((forward, index) => {
          const meaning = expectedTranslation({ ...model, forwards: [forward] }, LAB_HOST, LAB_HOST, packet);
          if (meaning === undefined) return [];
          const { listen, address, port } = meaning;
          return [listen.interface === undefined ? `${index}` : `${address} ${port} ${forward.masquerade}`];
        });
      // Two forwards with listens on different interfaces may do the same.
      if (some.every((shot) => new Set(meant(shoot(shot, model))).size < 2)) return;
      const codes = check(model, LAB_HOST).map(({ code }) => code);
      expect(codes).toEqual(
        expect.arrayContaining([expect.stringMatching(/^listen\/(?:overlap|ambiguous-interface)$/)]),
      );
    }),
    RUNS,
  );
});

test(`the random packets and models are not all about nothing (seed ${RUNS.seed})`, () => {
  const seen = new Map<string, number>();
  for (const [text, some] of fc.sample(fc.tuple(modelText, shots(40)), { seed: RUNS.seed, numRuns: 400 })) {
    const model = soundPart(parsed(text), LAB_HOST);
    for (const packet of some.map((shot) => shoot(shot, model))) {
      if (isShutOut(model, LAB_HOST, packet)) seen.set('shut out', (seen.get('shut out') ?? 0) + 1);
      const meaning = expectedTranslation(model, MARKED, LAB_HOST, packet);
      for (const kind of meaning === undefined ? ['none'] : kindsOf(meaning, packet))
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
  }
  expect([...seen].filter(([, count]) => count >= 10).map(([kind]) => kind)).toEqual(expect.arrayContaining(KINDS));
});

const KINDS = [
  'none',
  'shut out',
  'let in',
  'own',
  'incoming',
  'ip',
  'ip6',
  'masqueraded',
  'marked, masqueraded',
  'marked, keeps its source',
  'clamped',
  'address',
  'range',
  'interface',
  'listen interface',
  'listen interface, elsewhere',
  'loopback',
  'published',
];

function kindsOf(
  { forward, listen, masqueraded, clamped }: NonNullable<ReturnType<typeof expectedTranslation>>,
  packet: Packet,
): string[] {
  const { path, iifname, destination } = packet;
  const takesMarkedRoute = isMarked(packet) && forward.target.address in (MARKED.marked ?? {});
  const flags = {
    masqueraded,
    'marked, masqueraded': takesMarkedRoute && masqueraded,
    'marked, keeps its source': takesMarkedRoute && !masqueraded && forward.masquerade === 'auto',
    clamped,
    address: listen.address !== undefined,
    range: listen.ports.first < listen.ports.last,
    interface: forward.interfaces.length > 0,
    'listen interface': listen.interface !== undefined && iifname === listen.interface,
    'listen interface, elsewhere':
      listen.interface !== undefined && path === 'incoming' && iifname !== listen.interface,
    'let in': forward.from.length > 0 && path === 'incoming',
    loopback: destination.startsWith('127.'),
    published: forward.target.address.startsWith('127.') && path === 'incoming',
  };
  return [path, forward.family, ...Object.entries(flags).flatMap(([kind, holds]) => (holds ? [kind] : []))];
}
