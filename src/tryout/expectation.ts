import { isLocal } from '../model/host-facts.ts';
import { simulate } from '../simulate/simulate.ts';
import type { Packet, Route } from '../simulate/packet.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import { subnetOf, type Probe } from './probes.ts';
import type { World } from './world.ts';

export interface Service {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** What the ruleset says about the first packet of a connection. */
export type Expectation =
  | { readonly kind: 'answer'; readonly at: Service; readonly masqueraded: boolean }
  /** none: no forward applies. dropped: by `from` or a guard. around: the reply would not pass this host. */
  | { readonly kind: 'none' | 'dropped' | 'around' };

export interface Expected {
  readonly probe: Probe;
  readonly expectation: Expectation;
}

export function expectationsOf(
  probes: readonly Probe[],
  ruleset: Ruleset,
  world: World,
  route: Route,
): readonly Expected[] {
  return probes.map((probe) => ({ probe, expectation: expectationOf(probe, ruleset, world, route) }));
}

function expectationOf({ packet }: Probe, ruleset: Ruleset, world: World, route: Route): Expectation {
  const { verdict, translated, masqueraded, destination } = simulate(
    ruleset,
    { ...packet, source: sourceOf(packet) },
    route,
  );
  if (verdict === 'drop') return { kind: 'dropped' };
  if (!translated) return { kind: 'none' };
  if (!masqueraded && goesAround(packet, destination.address, world)) return { kind: 'around' };
  return { kind: 'answer', at: { protocol: packet.protocol, ...destination }, masqueraded };
}

/** The kernel selects 127.0.0.1 as the source for all of 127.0.0.0/8. */
export const sourceOf = ({ path, source }: Packet): string =>
  path === 'own' && source.startsWith('127.') ? '127.0.0.1' : source;

/** The target sends its reply directly to a client on the same link. */
function goesAround({ path, source }: Packet, target: string, { facts, linkTo }: World): boolean {
  if (path === 'own' || isLocal(facts, target)) return false;
  return source === target || subnetOf(source, linkTo(target)?.addresses ?? []) !== undefined;
}

/** Where the services must be: they answer at exactly these addresses and ports. */
export const servicesOf = (expected: readonly Expected[]): readonly Service[] => [
  ...new Map(
    expected.flatMap(({ expectation }) =>
      expectation.kind === 'answer' ? [[JSON.stringify(expectation.at), expectation.at] as const] : [],
    ),
  ).values(),
];
