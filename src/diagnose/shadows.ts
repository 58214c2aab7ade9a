import { parseAddress } from '../model/address.ts';
import { formatListen, type Family } from '../model/model.ts';
import type { HostBinding } from './binding.ts';

/** Where a socket of this host receives packets. */
export interface Endpoint {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

/** Whether the binding takes at least some of the packets that the endpoint receives without it. */
export const shadows = (binding: HostBinding, endpoint: Endpoint): boolean =>
  binding.protocol === endpoint.protocol &&
  binding.listen.ports.first <= endpoint.port &&
  endpoint.port <= binding.listen.ports.last &&
  familiesOf(endpoint.address).includes(binding.forward.family) &&
  shadowsAddress(binding, endpoint.address);

export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** The binding forwards these packets to the endpoint itself. */
export const isTarget = ({ forward, listen, targetPorts, local }: HostBinding, { address, port }: Endpoint): boolean =>
  local && forward.target.address === address && port + targetPorts.first - listen.ports.first === port;

/** `tcp 192.0.2.1:22` */
export function formatEndpoint({ protocol, address, port }: Endpoint): string {
  const ports = { first: port, last: port };
  return `${protocol} ${formatListen({ address, ports, path: [] }, address.includes(':') ? 'ip6' : 'ip')}`;
}

/** A socket on `::` receives both families unless the program asked for IPv6 only, which the kernel does not show. */
function familiesOf(address: string): readonly Family[] {
  if (address === '::') return ['ip', 'ip6'];
  return address.includes(':') ? ['ip6'] : ['ip'];
}

/** The ruleset never translates ::1. It translates other loopback and link-local addresses only in some cases. */
function shadowsAddress({ forward, listen, local }: HostBinding, address: string): boolean {
  if (isWildcard(address)) return true;
  if (listen.address !== undefined) return listen.address === address;
  const kind = parseAddress(address)?.kind;
  if (kind === 'loopback')
    return forward.family === 'ip' && forward.interfaces.length === 0 && (local || forward.loopback);
  return kind !== 'link-local' || forward.family === 'ip' || local;
}
