import { isLinkLocal, isLoopback } from '../model/address.ts';
import { bindingsOf, type Binding } from '../model/binding.ts';
import { interfacesWith, isLocal, type HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import { enabledForwards, type Family, type Model, type PortRange, type Protocol } from '../model/model.ts';
import { isPublished } from '../model/published.ts';
import { egressOf, routesTo, type HostRoute } from '../model/routing/routes.ts';
import { uplinksOf } from '../model/routing/uplinks.ts';

/** A binding, and where its packets go on this host. */
export interface HostBinding extends Binding {
  /** The target is this host. */
  readonly local: boolean;
  /** How packets of clients reach the target. Targets with the same route share the list. */
  readonly routes: readonly HostRoute[];
  /** The interface towards an address; a function, since only some checks ask, for some targets. */
  readonly egressTo: (address: string) => string | undefined;
  /** Where clients from outside come in. */
  readonly uplinks: readonly string[];
  /** The host's addresses of this family that such clients can connect to; of a listen on an interface, those it has now. */
  readonly ownAddresses: readonly string[];
  /** The interfaces that have an address. */
  readonly interfacesWith: (address: string) => readonly string[];
  /** All interfaces with an address. */
  readonly interfaces: readonly string[];
}

export function hostBindingsOf(model: Model, facts: HostFacts): HostBinding[] {
  const egressTo = (address: string): string | undefined => egressOf(facts, address);
  const uplinks = uplinksOf(facts);
  const own = ownAddressesOf(facts);
  const withAddress = (address: string): readonly string[] => interfacesWith(facts, address);
  const interfaces = [...new Set(facts.addresses.map((entry) => entry.interface))];
  return bindingsOf(enabledForwards(model)).map(({ forward, listen, protocol, targetPorts }) => ({
    forward,
    listen,
    protocol,
    targetPorts,
    local: isLocal(facts, forward.target.address),
    routes: routesTo(facts, forward.target.address),
    egressTo,
    uplinks,
    ownAddresses:
      listen.interface === undefined
        ? own[forward.family]
        : own[forward.family].filter((address) => withAddress(address).some(isCoveredBy(listen.interface))),
    interfacesWith: withAddress,
    interfaces,
  }));
}

const isCoveredBy =
  (pattern: string | undefined) =>
  (name: string): boolean =>
    pattern !== undefined && coversInterface(pattern, name);

function ownAddressesOf({ addresses }: HostFacts): Readonly<Record<Family, readonly string[]>> {
  const reachable = addresses.map(({ address }) => address).filter((address) => !isLoopback(address));
  return {
    ip: reachable.filter((address) => !address.includes(':')),
    ip6: reachable.filter((address) => address.includes(':') && !isLinkLocal(address)),
  };
}

/** Whether some forward listens on this port or publishes a service on it; asked for every socket of the host. */
export function concernsPort(model: Model): (protocol: Protocol, port: number) => boolean {
  const ranges: Record<Protocol, PortRange[]> = { tcp: [], udp: [], sctp: [] };
  for (const { protocol, listen, targetPorts, forward } of bindingsOf(enabledForwards(model))) {
    ranges[protocol].push(listen.ports);
    if (isPublished(forward)) ranges[protocol].push(targetPorts);
  }
  return (protocol, port) => ranges[protocol].some(({ first, last }) => first <= port && port <= last);
}

/** Only connections of this host itself can use it. */
export const isLoopbackListen = ({ listen }: HostBinding): boolean => isLoopback(listen.address ?? '');
