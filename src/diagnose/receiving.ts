import type { Finding } from '../finding/finding.ts';
import { arrivalOf, arrivalText, childrenOf, isVrrp, receiversText } from '../model/routing/arrival.ts';
import { groupBy } from '../model/group-by.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import { stateText, type Link } from '../model/routing/links.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards, formatList } from './name-list.ts';
import type { Observations } from './observations.ts';
import { shellWord } from './printed-command.ts';

/** The interfaces of a forward that exist, and through which it receives nothing now. */
export function diagnoseReceiving(
  bindings: readonly HostBinding[],
  { links }: Observations,
  facts: HostFacts,
): Finding[] {
  if (links === undefined) return [];
  const bound = bindings.flatMap((binding) => binding.forward.interfaces.map((pattern) => ({ binding, pattern })));
  const byPattern = [...groupBy(bound, ({ pattern }) => pattern)].map(([pattern, some]) => ({
    named: links.filter(({ name }) => coversInterface(pattern, name)),
    bindings: some.map(({ binding }) => binding),
  }));
  return [
    ...byPattern.flatMap(({ named, bindings: some }) => elsewhere(named, some, links)),
    ...byPattern.flatMap(({ named, bindings: some }) => onChildren(named, some, links, facts)),
    ...byPattern.flatMap(({ named, bindings: some }) => withoutCarrier(named, some, links)),
    ...byPattern.flatMap(({ named, bindings: some }) => withoutAddress(named, some, links, facts)),
  ];
}

/** With a wildcard, only if packets arrive on none of the interfaces. */
function elsewhere(named: readonly Link[], bindings: readonly HostBinding[], links: readonly Link[]): Finding[] {
  const arrivals = named.map(({ name }) => ({ name, arrival: arrivalOf(links, name) }));
  return arrivals.slice(0, 1).flatMap(({ name, arrival }) => {
    if (arrival === undefined || arrivals.some((other) => other.arrival === undefined)) return [];
    const missing = bindings.filter(
      ({ forward }) => !arrival.on.some((one) => forward.interfaces.some((pattern) => coversInterface(pattern, one))),
    );
    return atInterface(missing, {
      code: 'host/interface-port',
      message: `${arrivalText(name, arrival)}: ${formatForwards(missing)} can receive nothing through ${name}`,
      remedy:
        arrival.kind === 'dummy'
          ? 'write the interface that clients come in through'
          : `write ${receiversText(arrival)} instead of ${name}`,
    });
  });
}

/** The address of the listen belongs to a macvlan or ipvlan above the interface, or will, if that is of VRRP. */
function onChildren(
  named: readonly Link[],
  bindings: readonly HostBinding[],
  links: readonly Link[],
  facts: HostFacts,
): Finding[] {
  return named.flatMap(({ name }) =>
    childrenOf(links, name).flatMap((child) => {
      const missing = bindings.filter(
        ({ forward, listen: { address } }) =>
          !forward.interfaces.some((pattern) => coversInterface(pattern, child.name)) &&
          receivesFor(child, address, facts),
      );
      return atInterface(missing, {
        code: 'host/interface-port',
        message: `${child.name} is ${child.kind === 'ipvlan' ? 'an ipvlan' : 'a macvlan'} of ${name}${isVrrp(child) ? ' for VRRP' : ''}, and packets for its addresses arrive on ${child.name}: ${formatForwards(missing)} cannot receive these`,
        remedy: `add ${child.name} to interface`,
      });
    }),
  );
}

/** A listen on every address includes that of VRRP, which clients use. */
function receivesFor(child: Link, address: string | undefined, facts: HostFacts): boolean {
  const isIts = facts.addresses.some((entry) => entry.interface === child.name && entry.address === address);
  return isIts || (isVrrp(child) && (address === undefined || !isLocal(facts, address)));
}

function withoutCarrier(named: readonly Link[], bindings: readonly HostBinding[], links: readonly Link[]): Finding[] {
  if (named.some(({ state, name }) => state === 'up' || arrivalOf(links, name) !== undefined)) return [];
  return named.slice(0, 1).flatMap(({ name, state }) =>
    atInterface(bindings, {
      code: 'host/interface-down',
      message: `${stateText(name, state)}: ${formatForwards(bindings)} can receive nothing through it now`,
      remedy: `${state === 'down' ? `run: ip link set ${shellWord(name)} up` : 'connect it'}, or ignore this if it comes up later`,
    }),
  );
}

/** As the interface below PPPoE, or one that carries only tagged VLANs. Packets for this host can arrive there, but rarely do. */
function withoutAddress(
  named: readonly Link[],
  bindings: readonly HostBinding[],
  links: readonly Link[],
  { addresses }: HostFacts,
): Finding[] {
  const [link] = named;
  if (link?.state !== 'up' || arrivalOf(links, link.name) !== undefined) return [];
  if (childrenOf(links, link.name).length > 0) return [];
  const [ipv4, ipv6] = [false, true].map((ofIPv6) => [
    ...new Set(addresses.filter(({ address }) => address.includes(':') === ofIPv6).map((entry) => entry.interface)),
  ]);
  return (['ip', 'ip6'] as const).flatMap((family) => {
    const having = (family === 'ip' ? ipv4 : ipv6) ?? [];
    const some = bindings.filter(
      ({ forward }) =>
        forward.family === family &&
        !forward.interfaces.some((pattern) => having.some((name) => coversInterface(pattern, name))),
    );
    return atInterface(some, {
      code: 'host/interface-without-address',
      message: `${link.name} has no ${family === 'ip' ? 'IPv4' : 'IPv6'} address: packets for this host usually arrive on an interface that has one, and ${formatForwards(some)} may receive nothing through ${link.name}`,
      remedy: `name the interface that has the addresses (${formatList(having.filter((name) => name !== 'lo'))}), or ignore this if clients use another address of this host through it`,
    });
  });
}

const atInterface = (bindings: readonly HostBinding[], finding: Omit<Finding, 'path'>): Finding[] =>
  bindings.slice(0, 1).map(({ forward }) => ({ ...finding, path: [...forward.path, 'interface'] }));
