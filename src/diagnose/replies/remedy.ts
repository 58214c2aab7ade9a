import { isLinkLocal } from '../../model/address.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { longestMatch } from '../../model/prefix.ts';
import { formatList } from '../name-list.ts';

export const MASQUERADE = "set masquerade: always, which hides the client's address from the target";

/** More commands than these are counted. */
const MAX_COMMANDS = 3;

/** What another machine must run, so that its replies to these clients are sent to this host. */
export function routeCommands(clients: readonly string[], host: string): string {
  const distinct = [...new Set(clients)];
  const commands = distinct.slice(0, MAX_COMMANDS).map((client) => `ip route add ${client} via ${host}`);
  const left = distinct.length - MAX_COMMANDS;
  return `${commands.join(' && ')}${left > 0 ? `; do the same for the other ${left}` : ''}`;
}

/** The address of this host on a link, in the subnet if it has one there. */
export function addressOn(name: string, subnet: string, { addresses }: HostFacts): string | undefined {
  const family = subnet.includes(':');
  const there = addresses
    .filter((entry) => entry.interface === name && entry.address.includes(':') === family)
    .map(({ address }) => address)
    .filter((address) => !isLinkLocal(address));
  return there.find((address) => longestMatch([subnet], address) !== undefined) ?? there[0];
}

/** `any` if one of the forwards has clients from everywhere. */
export function joinClients(groups: readonly ('any' | readonly string[])[]): 'any' | readonly string[] {
  const known = groups.filter((group) => group !== 'any');
  return known.length < groups.length ? 'any' : [...new Set(known.flat())];
}

export const describeClients = (clients: 'any' | readonly string[], outside: string): string =>
  clients === 'any' ? `clients ${outside}` : formatList(clients);
