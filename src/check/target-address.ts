import type { Finding } from '../finding/finding.ts';
import { isLoopback, parseAddress, type AddressKind } from '../model/address.ts';
import { isBroadcast, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';

type Fault = { readonly message: string; readonly remedy: string };

/** A target must be the address of a single machine that packets from other hosts can be routed to. */
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
      remedy: 'write the address of the machine that runs the service',
    };
  if (facts === undefined || !isBroadcast(facts, target.address)) return undefined;
  return {
    message: `${target.address} is the broadcast address of a subnet of this host`,
    remedy: 'write the address of the machine that runs the service',
  };
}

const loopbackFault = (address: string): Fault => ({
  message: `${address} is a loopback address, to which packets from other hosts cannot be routed`,
  remedy:
    'make the service listen on another address of this host (an additional address on lo is enough) and write that one',
});

const NAMES: Record<Exclude<AddressKind, 'unicast' | 'loopback'>, string> = {
  unspecified: 'the unspecified address',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  'link-local': 'a link-local address, which cannot be routed to',
  'v4-mapped': 'an IPv4-mapped IPv6 address, which never appears on the wire',
};
