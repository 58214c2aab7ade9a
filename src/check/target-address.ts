import type { Finding } from '../finding/finding.ts';
import { isLoopback, parseAddress, type AddressKind } from '../model/address.ts';
import { isBroadcast, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';

type Fault = { readonly message: string; readonly remedy: string };

/**
 * A target must be the address of a single machine that packets from other hosts can be routed to. With
 * `loopback: true` it can be an address in 127.0.0.0/8, but never ::1.
 */
export function checkTargetAddress(forward: Forward, facts?: HostFacts): Finding[] {
  const fault = faultOf(forward, facts);
  return fault === undefined ? [] : [{ code: 'target/unusable-address', ...fault, path: forward.target.path }];
}

function faultOf(forward: Forward, facts?: HostFacts): Fault | undefined {
  const { target } = forward;
  const kind = parseAddress(target.address)?.kind;
  if (kind === undefined) return undefined;
  if (kind === 'loopback') return loopbackFault(forward);
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

function loopbackFault({ family, loopback, target, listens }: Forward): Fault | undefined {
  if (listens.every(({ address = '' }) => isLoopback(address))) return undefined;
  if (family === 'ip6')
    return {
      message: '::1 cannot be reached from other hosts: the kernel drops packets for ::1 that come from outside',
      remedy:
        'make the service listen on another address of this host and write that one; ip address add fd00:7f::1/128 dev lo adds an address for it until the next boot (docs/model.md says how to keep it)',
    };
  if (loopback) return undefined;
  return {
    message: `${target.address} is a loopback address: clients outside reach it only with loopback: true`,
    remedy: 'add loopback: true, or make the service listen on another address of this host and write that one',
  };
}

const NAMES: Record<Exclude<AddressKind, 'unicast' | 'loopback'>, string> = {
  unspecified: 'the unspecified address',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  'link-local': 'a link-local address, which cannot be routed to',
  'v4-mapped': 'an IPv4-mapped IPv6 address, which never appears on the wire',
};
