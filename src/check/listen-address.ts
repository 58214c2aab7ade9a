import type { Finding } from '../finding/finding.ts';
import { parseAddress, type AddressKind } from '../model/address.ts';
import { isBroadcast, type HostFacts } from '../model/host-facts.ts';
import type { Forward, Listen } from '../model/model.ts';

type Fault = { readonly message: string; readonly remedy: string };

/** Addresses that no packet to this host carries, or whose packets NAT cannot turn around. */
export const checkListenAddress = (forward: Forward, facts?: HostFacts): Finding[] =>
  forward.listens
    .filter(({ address }) => address !== undefined)
    .flatMap((listen) => {
      const fault = faultOf(listen, forward, facts);
      return fault === undefined ? [] : [{ code: 'listen/unusable-address', ...fault, path: listen.path } as const];
    });

function faultOf({ address = '' }: Listen, { family, interfaces }: Forward, facts?: HostFacts): Fault | undefined {
  if (facts !== undefined && isBroadcast(facts, address)) return noAddressOfAHost(address, SUBNET_BROADCAST);
  const kind = parseAddress(address)?.kind;
  if (kind === undefined || kind === 'unicast') return undefined;
  if (kind === 'loopback') return loopbackFault(family, interfaces);
  if (kind === 'link-local') return family === 'ip6' && interfaces.length === 0 ? linkLocal(address) : undefined;
  return noAddressOfAHost(address, NAMES[kind]);
}

const SUBNET_BROADCAST = 'the broadcast address of a subnet of this host';

const noAddressOfAHost = (address: string, name: string): Fault => ({
  message: `${address} is ${name}`,
  remedy: 'listen on an address of this host, or on "*" for all of them',
});

function loopbackFault(family: Forward['family'], interfaces: readonly string[]): Fault | undefined {
  if (family === 'ip6') {
    return {
      message: '::1 cannot be forwarded: the kernel routes nothing that comes from ::1',
      remedy: 'listen on another address of this host; 127.0.0.1 can be forwarded',
    };
  }
  if (interfaces.length === 0) return undefined;
  return {
    message: 'a loopback address is reached from this host only, never through an interface',
    remedy: 'remove the key interface',
  };
}

const linkLocal = (address: string): Fault => ({
  message: `${address} is a link-local address, which every link may have`,
  remedy: 'name the interface it belongs to under the key interface',
});

const NAMES: Record<Exclude<AddressKind, 'unicast' | 'loopback' | 'link-local'>, string> = {
  unspecified: 'no address of a host',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  'v4-mapped': 'an IPv4 address in IPv6 dress; packets never carry it',
};
