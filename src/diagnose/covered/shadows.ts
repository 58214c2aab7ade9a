import { isPrivate, parseAddress } from '../../model/address.ts';
import { coversInterface } from '../../model/interface-name.ts';
import { formatListen, type Family } from '../../model/model.ts';
import type { HostBinding } from '../binding.ts';

/** Where a socket of this host receives packets. */
export interface Endpoint {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

/**
 * What the binding takes of the packets that an endpoint receives without it. `clients`: at least those of its usual
 * clients. `others`: only some that come another way than its usual clients.
 */
export type Shadow = 'clients' | 'others' | undefined;

export const shadowOf = (binding: HostBinding, endpoint: Endpoint): Shadow =>
  binding.protocol === endpoint.protocol &&
  binding.listen.ports.first <= endpoint.port &&
  endpoint.port <= binding.listen.ports.last &&
  familiesOf(endpoint.address).includes(binding.forward.family)
    ? shadowOfAddress(binding, endpoint.address)
    : undefined;

/** Whether the binding takes the packets of one client. */
export function shadowsClient(binding: HostBinding, endpoint: Endpoint, client: string): boolean {
  const shadow = shadowOf(binding, endpoint);
  const through = binding.egressTo(client);
  if (shadow !== 'others' || through === undefined) return shadow !== undefined;
  const { listen, forward } = binding;
  return listen.interface === undefined
    ? forward.interfaces.some((name) => coversInterface(name, through))
    : !binding.interfacesWith(endpoint.address).includes(through);
}

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

function shadowOfAddress(binding: HostBinding, address: string): Shadow {
  const { listen, forward } = binding;
  if (isWildcard(address)) return 'clients';
  if (listen.address !== undefined) return listen.address === address ? 'clients' : undefined;
  if (!translates(binding, address)) return undefined;
  if (listen.interface !== undefined) return shadowOnInterface(binding, listen.interface, address);
  return forward.interfaces.length === 0 || comesThrough(binding, address) ? 'clients' : shadowThroughOther(binding);
}

/** The ruleset never translates ::1. It translates other loopback and link-local addresses only in some cases. */
function translates({ forward, listen, local }: HostBinding, address: string): boolean {
  const kind = parseAddress(address)?.kind;
  if (kind === 'loopback')
    return (
      forward.family === 'ip' &&
      forward.interfaces.length === 0 &&
      listen.interface === undefined &&
      (local || forward.loopback)
    );
  return kind !== 'link-local' || forward.family === 'ip' || local;
}

/**
 * The clients of an address are those beside the interface that has it. From elsewhere, and from this host itself, the
 * forward takes connections to it as well (docs/netfilter.md, fact 33). An address on lo has no clients beside it.
 */
function shadowOnInterface(
  { interfacesWith, interfaces, forward }: HostBinding,
  name: string,
  address: string,
): Shadow {
  const owners = interfacesWith(address);
  if (owners.some((owner) => coversInterface(name, owner))) return 'clients';
  if (owners.length === 0) return undefined;
  if (owners.includes('lo')) return 'clients';
  if (forward.interfaces.length === 0) return 'others';
  const others = interfaces.filter((one) => one !== 'lo' && !owners.includes(one) && !coversInterface(name, one));
  return others.some((one) => forward.interfaces.some((pattern) => coversInterface(pattern, one)))
    ? 'others'
    : undefined;
}

/** The clients of a private address are beside the interface that has it. Any other address may be routed to the host. */
function comesThrough({ interfacesWith, forward }: HostBinding, address: string): boolean {
  const owners = interfacesWith(address);
  return (
    !isPrivate(address) ||
    owners.length === 0 ||
    owners.includes('lo') ||
    owners.some((owner) => forward.interfaces.some((name) => coversInterface(name, owner)))
  );
}

/** No client on the internet connects to a private address of another interface. One behind a tunnel may. */
const shadowThroughOther = ({ forward, uplinks }: HostBinding): Shadow =>
  forward.interfaces.every((name) => uplinks.some((uplink) => coversInterface(name, uplink))) ? undefined : 'others';
