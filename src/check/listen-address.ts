import type { Finding } from '../finding/finding.ts';
import { isLoopback, parseAddress, type AddressKind } from '../model/address.ts';
import { isBroadcast, type HostFacts } from '../model/host-facts.ts';
import type { Forward, Listen } from '../model/model.ts';

type Fault = { readonly message: string; readonly remedy: string };

/** Addresses that are never the destination of a packet to this host, or that DNAT cannot translate. */
export const checkListenAddress = (forward: Forward, facts?: HostFacts): Finding[] =>
  forward.listens
    .filter(({ address }) => address !== undefined)
    .flatMap((listen) => {
      const fault = faultOf(listen, forward, facts);
      return fault === undefined ? [] : [{ code: 'listen/unusable-address', ...fault, path: listen.path } as const];
    });

function faultOf({ address = '' }: Listen, forward: Forward, facts?: HostFacts): Fault | undefined {
  const { family, interfaces } = forward;
  if (facts !== undefined && isBroadcast(facts, address)) return notAHostAddress(address, SUBNET_BROADCAST);
  const kind = parseAddress(address)?.kind;
  if (kind === undefined || kind === 'unicast') return undefined;
  if (kind === 'loopback') return loopbackFault(forward);
  if (kind === 'link-local') return family === 'ip6' && interfaces.length === 0 ? linkLocal(address) : undefined;
  return notAHostAddress(address, NAMES[kind]);
}

const SUBNET_BROADCAST = 'the broadcast address of a subnet of this host';

const notAHostAddress = (address: string, name: string): Fault => ({
  message: `${address} is ${name}`,
  remedy: 'listen on an address of this host, or on "*" for all of them',
});

/** Without `interface`, the other listens of the forward would be open to more clients. */
function loopbackFault({ family, interfaces, listens }: Forward): Fault | undefined {
  if (family === 'ip6') {
    return {
      message: '::1 cannot be forwarded: the kernel never routes packets from ::1',
      remedy: 'listen on another address of this host; 127.0.0.1 can be forwarded',
    };
  }
  if (interfaces.length === 0) return undefined;
  return {
    message: 'a loopback address can be reached only from this host, not through an interface',
    remedy: listens.every(({ address = '' }) => isLoopback(address))
      ? 'remove the key interface'
      : 'move this listen to a forward of its own, without the key interface',
  };
}

const linkLocal = (address: string): Fault => ({
  message: `${address} is a link-local address, which can exist on every link`,
  remedy: 'name its interface with the key interface',
});

const NAMES: Record<Exclude<AddressKind, 'unicast' | 'loopback' | 'link-local'>, string> = {
  unspecified: 'the unspecified address',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  'v4-mapped': 'an IPv4-mapped IPv6 address, which never appears on the wire',
};
