import type { HostFacts } from '../../model/host-facts.ts';
import { coversInterface } from '../../model/interface-name.ts';
import type { Forward } from '../../model/model.ts';
import { isWithin } from '../../model/prefix.ts';
import { routesTo } from '../../model/routing/routes.ts';
import { isLoopbackListen, type HostBinding } from '../binding.ts';

/** The target sees the client's address, and the file does not say that its replies come back through this host. */
export const keepsSource = (binding: HostBinding): boolean =>
  !binding.local && binding.forward.masquerade === 'auto' && !isLoopbackListen(binding);

/** Whether clients come in through one of these interfaces, as far as the forward itself says. */
export const comesInThrough = ({ interfaces }: Forward, names: readonly string[]): boolean =>
  interfaces.length === 0 || interfaces.some((pattern) => names.some((name) => coversInterface(pattern, name)));

/** `any`: the forward does not restrict its clients. Otherwise those that it names and that are not in the subnet. */
export function clientsOutside({ from }: Forward, subnet: string): 'any' | readonly string[] {
  return from.length === 0 ? 'any' : from.filter((client) => !isWithin(asPrefix(client), subnet));
}

/** The same for those that this host reaches through an interface. */
export function clientsThrough(
  { from }: Forward,
  facts: HostFacts,
  names: readonly string[],
): 'any' | readonly string[] {
  if (from.length === 0) return 'any';
  return from.filter((client) => {
    const example = exampleOf(client);
    const own = facts.addresses.find(({ address }) => address === example);
    return names.includes((own ?? routesTo(facts, example)[0])?.interface ?? '');
  });
}

/** An address of the clients that a prefix of `from` means: its first one is not that of a machine. */
export const exampleOf = (client: string): string =>
  client
    .replace(/(\d+)\/(?:[12]?\d|30)$/, (_, last: string) => `${Number(last) + 1}`)
    .replace(/::\/\d+$/, '::1')
    .replace(/\/\d+$/, '');

/** Two halves of the address space are a usual way to write a default route. */
export const isDefault = (prefix: string): boolean => /\/[01]$/.test(prefix);

const asPrefix = (client: string): string =>
  client.includes('/') ? client : `${client}/${client.includes(':') ? 128 : 32}`;
