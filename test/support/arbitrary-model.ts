import * as fc from 'fast-check';
import type { Forward, Listen, Model } from '../../src/model/model.ts';
import { deriveName } from '../../src/model/forward-name.ts';

/** Runs of a property come from here, so that a failure comes again. */
export const SEED = 20_260_713;

const ports = (most: number): fc.Arbitrary<{ first: number; last: number }> =>
  fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 0, max: 6 })).map(([first, more]) => ({
    first,
    last: Math.min(first + more, most),
  }));

const ADDRESSES = { ip: ['192.0.2.1', '198.51.100.7'], ip6: ['2001:db8::1', '2001:db8:0:1::'] } as const;
const LISTEN_INTERFACES = ['eth0', 'eth1', 'eth1*'];
const TARGETS = { ip: '10.0.0.2', ip6: '2001:db8:2::2' } as const;

const SOURCES: Record<Forward['family'], string[]> = {
  ip: ['192.0.2.0/24', '198.51.100.7', '10.0.0.0/31'],
  ip6: ['2001:db8:2::/64', 'fe80::/10', '2001:db8::1'],
};

/** Few ports, addresses and interfaces, so that forwards meet often. */
const forward = (most: number): fc.Arbitrary<Omit<Forward, 'path'>> =>
  fc.constantFrom('ip' as const, 'ip6' as const).chain((family) =>
    fc
      .record({
        listens: fc.array(
          fc.record({
            ports: ports(most),
            place: fc.option(fc.constantFrom(...ADDRESSES[family], ...LISTEN_INTERFACES), { nil: undefined }),
            says: fc.boolean(),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        protocols: fc.subarray(['tcp', 'udp', 'sctp'] as const, { minLength: 1 }),
        interfaces: fc.subarray(['eth0', 'eth1', 'eth*', 'eth1*', 'wan0'], { maxLength: 2 }),
        shift: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined }),
        from: fc.subarray(SOURCES[family], { maxLength: 2 }),
        masquerade: fc.constantFrom('auto', 'always', 'never'),
        loopback: fc.boolean(),
        mss: fc.constantFrom('keep', 'clamp'),
        enabled: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
        comment: fc.option(
          fc.string({ maxLength: 20 }).filter((text) => !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text)),
          { nil: undefined },
        ),
      })
      .map(({ listens, shift, comment, ...rest }) => {
        const first = listens[0]?.ports ?? { first: 1, last: 1 };
        const length = first.last - first.first;
        return {
          ...rest,
          name: '',
          family,
          listens: listens.map(({ says, place, ports: range }) => ({
            ports: shift === undefined ? range : shortened(range, length, most),
            path: [],
            ...placed(place, says, family),
          })),
          target: {
            address: TARGETS[family],
            path: [],
            ...(shift === undefined ? {} : { ports: { first: shift, last: shift + length } }),
          },
          ...(comment === undefined ? {} : { comment }),
        };
      }),
  );

function placed(place: string | undefined, says: boolean, family: Forward['family']): Partial<Listen> {
  if (place === undefined) return says ? { family } : {};
  return LISTEN_INTERFACES.includes(place) ? { interface: place } : { address: place, family };
}

/** As long as the first, and no further than the last port. */
function shortened({ first }: { readonly first: number }, length: number, most: number) {
  const from = Math.min(first, most - length);
  return { first: from, last: from + length };
}

/** With the paths that the parser would give. */
export const arbitraryModel = (most: number): fc.Arbitrary<Model> =>
  fc
    .record({
      forwarding: fc.constantFrom('require', 'enable', 'ignore'),
      priority: fc.integer({ min: -199, max: 400 }),
      forwards: fc.array(forward(most), { maxLength: 8 }),
    })
    .map(({ forwards, ...rest }) => ({ version: 1, counters: true, ...rest, forwards: forwards.map(withPath) }));

function withPath(bare: Omit<Forward, 'path'>, index: number): Forward {
  const path = ['forwards', index];
  const full = {
    ...bare,
    path,
    listens: bare.listens.map((listen, at) => ({ ...listen, path: [...path, 'listen', at] })),
    target: { ...bare.target, path: [...path, 'target'] },
  };
  return { ...full, name: deriveName(full) };
}
