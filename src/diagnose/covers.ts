import { parseAddress } from '../model/address.ts';
import type { Family } from '../model/model.ts';
import type { HostBinding } from './binding.ts';

export interface Endpoint {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

/** Whether packets that reach this endpoint today will go to the binding's target instead, at least some of them. */
export const covers = (binding: HostBinding, endpoint: Endpoint): boolean =>
  binding.protocol === endpoint.protocol &&
  binding.listen.ports.first <= endpoint.port &&
  endpoint.port <= binding.listen.ports.last &&
  familiesOf(endpoint.address).includes(binding.forward.family) &&
  coversAddress(binding, endpoint.address);

export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** A packet to the target itself is translated to where it goes already. */
export const isTarget = ({ forward, listen, targetPorts, local }: HostBinding, { address, port }: Endpoint): boolean =>
  local && forward.target.address === address && port + targetPorts.first - listen.ports.first === port;

/** Unless the program asked for IPv6 only, `::` takes both, and the kernel does not tell. */
function familiesOf(address: string): readonly Family[] {
  if (address === '::') return ['ip', 'ip6'];
  return address.includes(':') ? ['ip6'] : ['ip'];
}

/** What the ruleset leaves alone is not covered: ::1 always, and what cannot leave for another host. */
function coversAddress({ forward, listen, local }: HostBinding, address: string): boolean {
  if (isWildcard(address)) return true;
  if (listen.address !== undefined) return listen.address === address;
  const kind = parseAddress(address)?.kind;
  if (kind === 'loopback')
    return forward.family === 'ip' && forward.interfaces.length === 0 && (local || forward.loopback);
  return kind !== 'link-local' || forward.family === 'ip' || local;
}
