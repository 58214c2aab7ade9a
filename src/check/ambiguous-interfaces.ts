import type { Finding } from '../finding/finding.ts';
import { bindingsOf, listenOrderKey, type Binding } from '../model/binding.ts';
import { groupBy } from '../model/group-by.ts';
import { coversInterface } from '../model/interface-name.ts';
import { formatListen, type Forward } from '../model/model.ts';
import { indexPorts } from '../model/port-index.ts';

/** Findings for one listen: enough to find the mistake. */
const MAX_FINDINGS = 10;

/**
 * Two forwards that listen on the same port of different interfaces. Each takes what comes in through its own interface.
 * For connections of this host itself, and for those from a third interface, nft cannot ask which of the two has the
 * address (docs/netfilter.md, fact 33): the first forward takes them all.
 */
export function checkAmbiguousInterfaces(forwards: readonly Forward[]): Finding[] {
  const bindings = bindingsOf(forwards).filter(({ listen }) => listen.interface !== undefined);
  const groups = groupBy(bindings, ({ forward, protocol }) => `${forward.family} ${protocol}`);
  return [...groups.values()].flatMap((group) => {
    const order = new Map(group.map((binding, index) => [binding, index]));
    const index = indexPorts(group, ({ listen }) => listen.ports);
    return group.flatMap((later) =>
      [...index.overlapping(later.listen.ports)]
        .filter((earlier) => (order.get(earlier) ?? 0) < (order.get(later) ?? 0) && isAmbiguous(earlier, later))
        .slice(0, MAX_FINDINGS)
        .map((earlier) => finding(later, earlier)),
    );
  });
}

function isAmbiguous(one: Binding, other: Binding): boolean {
  if (one.forward === other.forward || interfacesOverlap(nameOf(one), nameOf(other))) return false;
  if (isSameTarget(one, other) && isSameTreatment(one, other)) return false;
  const [some, others] = [one.forward.interfaces, other.forward.interfaces];
  const shared = some.length === 0 ? others : others.length === 0 ? some : common(some, others);
  const isBetween = (name: string): boolean => ![one, other].some((each) => coversInterface(nameOf(each), name));
  return (some.length === 0 && others.length === 0) || shared.some(isBetween);
}

const nameOf = ({ listen }: Binding): string => listen.interface ?? '';

const interfacesOverlap = (one: string, other: string): boolean =>
  coversInterface(one, other) || coversInterface(other, one);

/** The narrower of each two names that overlap. */
const common = (some: readonly string[], others: readonly string[]): string[] =>
  some.flatMap((one) =>
    others.filter((other) => interfacesOverlap(one, other)).map((other) => (coversInterface(one, other) ? other : one)),
  );

const isSameTarget = (one: Binding, other: Binding): boolean =>
  one.forward.target.address === other.forward.target.address &&
  one.targetPorts.first - one.listen.ports.first === other.targetPorts.first - other.listen.ports.first;

const isSameTreatment = ({ forward: one }: Binding, { forward: other }: Binding): boolean =>
  one.masquerade === other.masquerade && hasSameClients(one, other);

const hasSameClients = (one: Forward, other: Forward): boolean =>
  [...one.from].sort().join(' ') === [...other.from].sort().join(' ');

const UNKNOWN =
  'portfwd cannot tell their addresses apart for connections that come from this host itself or through other interfaces';

/**
 * An error if the clients differ, because the filter would refuse clients of the one for the other; or if only the
 * masquerading differs, which is decided after translation, when both look alike.
 */
function finding(later: Binding, earlier: Binding): Finding {
  const { listen, forward, protocol } = later;
  const isAlike = forward.target.address === earlier.forward.target.address;
  const contradicts =
    !hasSameClients(forward, earlier.forward) || (isAlike && forward.masquerade !== earlier.forward.masquerade);
  const first = listenOrderKey(later) < listenOrderKey(earlier) ? later : earlier;
  const port = `${protocol} ${formatListen(listen, forward.family)} and ${formatListen(earlier.listen, earlier.forward.family)} of ${earlier.forward.name}`;
  return {
    code: contradicts ? 'listen/overlap' : 'listen/ambiguous-interface',
    message: contradicts
      ? `${port} have different clients or masquerading, and ${UNKNOWN}`
      : `${port}: ${UNKNOWN}, so ${first.forward.name} takes such connections`,
    remedy: `write interface: ${nameOf(later)} in this forward or interface: ${nameOf(earlier)} in the other, which then forwards only what comes in there`,
    path: listen.path,
    related: [earlier.listen.path],
  };
}
