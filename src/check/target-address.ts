import type { Finding } from '../finding/finding.ts';
import { isLoopback, parseAddress, type AddressKind } from '../model/address.ts';
import { isBroadcast, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';

type Fault = { readonly message: string; readonly remedy: string };

/** A target is one machine: an address that one machine has and that a packet from elsewhere can be routed to. */
export function checkTargetAddress(forward: Forward, facts?: HostFacts): Finding[] {
  const fault = faultOf(forward, facts);
  return fault === undefined ? [] : [{ code: 'target/unusable-address', ...fault, path: forward.target.path }];
}

function faultOf({ target, listens }: Forward, facts?: HostFacts): Fault | undefined {
  const kind = parseAddress(target.address)?.kind;
  if (kind === undefined) return undefined;
  if (kind === 'loopback')
    return listens.every(({ address = '' }) => isLoopback(address)) ? undefined : loopbackFault(target.address);
  if (kind !== 'unicast')
    return {
      message: `${target.address} is ${NAMES[kind]}`,
      remedy: 'write the address of the machine that offers the service',
    };
  if (facts === undefined || !isBroadcast(facts, target.address)) return undefined;
  return {
    message: `${target.address} is the broadcast address of a subnet of this host`,
    remedy: 'write the address of the machine that offers the service',
  };
}

const loopbackFault = (address: string): Fault => ({
  message: `${address} cannot be reached by packets that come from outside`,
  remedy: 'let the service listen on another address of this host (one on lo is enough) and write that',
});

const NAMES: Record<Exclude<AddressKind, 'unicast' | 'loopback'>, string> = {
  unspecified: 'no address of a host',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  'link-local': 'a link-local address, which cannot be routed to',
  'v4-mapped': 'an IPv4 address in IPv6 dress; packets never carry it',
};
