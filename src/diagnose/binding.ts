import { isLinkLocal, isLoopback } from '../model/address.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import {
  enabledForwards,
  targetPorts,
  type Family,
  type Forward,
  type Listen,
  type Model,
  type PortRange,
  type Protocol,
} from '../model/model.ts';
import { egressOf } from '../model/routes.ts';
import { uplinksOf } from './uplinks.ts';

/** One listen of one forward under one protocol, and where its packets go on this host. */
export interface Claim {
  readonly forward: Forward;
  readonly listen: Listen;
  readonly protocol: Protocol;
  /** The target's, for this listen. */
  readonly ports: PortRange;
  /** The target is this host. */
  readonly local: boolean;
  /** The interface that leads to an address: only some rules ask, of some targets. */
  readonly egressTo: (address: string) => string | undefined;
  /** Where clients from outside come in. */
  readonly uplinks: readonly string[];
  /** The host's addresses of this family that such clients can call. */
  readonly ownAddresses: readonly string[];
}

export function claimsOf(model: Model, facts: HostFacts): Claim[] {
  const egressTo = (address: string): string | undefined => egressOf(facts, address);
  const uplinks = uplinksOf(facts);
  const own = ownAddressesOf(facts);
  const claims: Claim[] = [];
  for (const forward of enabledForwards(model)) {
    const local = isLocal(facts, forward.target.address);
    for (const listen of forward.listens) {
      const ports = targetPorts(forward.target, listen);
      for (const protocol of forward.protocols)
        claims.push({ forward, listen, protocol, ports, local, egressTo, uplinks, ownAddresses: own[forward.family] });
    }
  }
  return claims;
}

function ownAddressesOf({ addresses }: HostFacts): Readonly<Record<Family, readonly string[]>> {
  const callable = addresses.map(({ address }) => address).filter((address) => !isLoopback(address));
  return {
    ip: callable.filter((address) => !address.includes(':')),
    ip6: callable.filter((address) => address.includes(':') && !isLinkLocal(address)),
  };
}

/** Whether a socket of this protocol and port can matter to the model; asked of every socket of the host. */
export function claimsPort(model: Model): (protocol: Protocol, port: number) => boolean {
  const claimed: Record<Protocol, PortRange[]> = { tcp: [], udp: [], sctp: [] };
  for (const { listens, protocols } of enabledForwards(model))
    for (const protocol of protocols) for (const { ports } of listens) claimed[protocol].push(ports);
  return (protocol, port) => claimed[protocol].some(({ first, last }) => first <= port && port <= last);
}

/** What only the host itself can ask for: no other host's packets, no interface. */
export const isLoopbackListen = ({ listen }: Claim): boolean => isLoopback(listen.address ?? '');
