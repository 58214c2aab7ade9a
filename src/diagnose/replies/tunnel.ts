import type { Finding } from '../../finding/finding.ts';
import { groupBy } from '../../model/group-by.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Link } from '../../model/routing/links.ts';
import type { HostBinding } from '../binding.ts';
import { formatForwards } from '../name-list.ts';
import type { Observations } from '../observations.ts';
import { clientsThrough, comesInThrough, isDefault, keepsSource } from './clients.ts';
import { masquerades } from './masqueraded.ts';
import { addressOn, describeClients, joinClients, MASQUERADE, routeCommands } from './remedy.ts';

interface Tunnel {
  readonly interface: string;
  readonly wireguard: boolean;
}

interface Behind {
  readonly binding: HostBinding;
  readonly tunnel: Tunnel;
  readonly prefix: string;
  readonly clients: 'any' | readonly string[];
}

/**
 * The far end of a tunnel usually has a default route of its own, and sends replies to strangers there. A far end of
 * WireGuard does not even accept packets from addresses that are not in its AllowedIPs.
 */
export function diagnoseTunnel(
  bindings: readonly HostBinding[],
  facts: HostFacts,
  { tables, links = [] }: Observations,
): Finding[] {
  const tunnels = links.flatMap(tunnelOf);
  if (tunnels.length === 0) return [];
  const rewrites = masquerades(tables);
  const behind = bindings
    .filter(keepsSource)
    .flatMap((binding) => behindTunnel(binding, tunnels, facts))
    .filter(({ binding, tunnel }) => !rewrites(tunnel.interface, binding.forward.family));
  return [...groupBy(behind, ({ tunnel }) => tunnel.interface).values()].flatMap((some) => finding(some, facts));
}

/** A name says what a link is for if its kind does not: of a veth, or where the driver has no kind. */
const NAME = /^(?:wg|tun|tailscale|nebula|ppp)\d+$|^wg-|^zt[a-z0-9]{8}$/;

function tunnelOf({ name, kind, pointToPoint }: Link): Tunnel[] {
  const named = NAME.test(name) && (kind === undefined || kind === 'veth' || kind === 'tun');
  if (!named && pointToPoint !== true) return [];
  return [{ interface: name, wireguard: kind === 'wireguard' || (named && name.startsWith('wg')) }];
}

function behindTunnel(binding: HostBinding, tunnels: readonly Tunnel[], facts: HostFacts): Behind[] {
  const {
    forward,
    uplinks,
    routes: [route],
  } = binding;
  if (route === undefined || isDefault(route.prefix)) return [];
  const tunnel = tunnels.find((one) => one.interface === route.interface);
  if (tunnel === undefined || uplinks.length === 0 || !comesInThrough(forward, uplinks)) return [];
  const clients = clientsThrough(forward, facts, uplinks);
  return clients.length === 0 ? [] : [{ binding, tunnel, prefix: route.prefix, clients }];
}

function finding(some: readonly Behind[], facts: HostFacts): Finding[] {
  return some.slice(0, 1).map(({ binding: { listen }, tunnel, prefix }) => {
    const clients = joinClients(some.map((one) => one.clients));
    return {
      code: 'host/return-path',
      message: `the target of ${formatForwards(some.map(({ binding }) => binding))} is behind the tunnel ${tunnel.interface}: its far end may send replies to ${describeClients(clients, 'on the internet')} by its own default route, and then such connections fail${tunnel.wireguard ? '; its AllowedIPs may not accept such clients at all' : ''}`,
      remedy: `${MASQUERADE}; or ${otherWay(clients, tunnel, prefix, facts)}, and then set masquerade: never`,
      path: listen.path,
    };
  });
}

function otherWay(
  clients: 'any' | readonly string[],
  { interface: name, wireguard }: Tunnel,
  prefix: string,
  facts: HostFacts,
): string {
  if (clients === 'any')
    return `let the far end send replies through the tunnel, as docs/recipes.md shows${wireguard ? ` (AllowedIPs = ${prefix.includes(':') ? '::/0' : '0.0.0.0/0'}, Table = off, connection marks)` : ''}`;
  const command = routeCommands(clients, addressOn(name, prefix, facts) ?? 'the other end');
  return `run on the far end: ${command}${wireguard ? `, and add ${clients.length === 1 ? 'this client' : 'these clients'} to the AllowedIPs of this host there` : ''}`;
}
