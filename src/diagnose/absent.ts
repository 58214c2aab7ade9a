import type { Finding } from '../finding/finding.ts';
import { isLinkLocal } from '../model/address.ts';
import { arrivalOf, arrivalText, receiversText } from '../model/routing/arrival.ts';
import { groupBy } from '../model/group-by.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import type { Family } from '../model/model.ts';
import type { Link } from '../model/routing/links.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards, formatList } from './name-list.ts';
import type { Observations } from './observations.ts';

/** The interface may be created later, as that of a dial-up connection is. */
export function diagnoseInterfaceAbsent(bindings: readonly HostBinding[], { links }: Observations): Finding[] {
  if (links === undefined) return [];
  const bound = bindings.flatMap((binding) => [
    ...binding.forward.interfaces.map((name) => ({ binding, name, path: [...binding.forward.path, 'interface'] })),
    ...(binding.listen.interface === undefined
      ? []
      : [{ binding, name: binding.listen.interface, path: binding.listen.path }]),
  ]);
  const names = links.map(({ name }) => name);
  const others = names.filter((name) => name !== 'lo');
  const receiving = (): string[] => others.filter((name) => arrivalOf(links, name) === undefined);
  return [...groupBy(bound, ({ name }) => name)]
    .filter(([name]) => !others.some((link) => coversInterface(name, link)))
    .map(([name, some]) => ({
      code: 'host/interface-absent',
      message: `this host has no interface ${name} now: ${formatForwards(some.map(({ binding }) => binding))} can receive nothing through it`,
      remedy: `correct the name (this host has ${formatList(others.length === 0 ? names : receiving())}), or ignore this if the interface is created later`,
      path: some[0]?.path ?? [],
    }));
}

/** The interface is there, but has no address to listen on: perhaps a bridge or a VLAN on top of it has the addresses. */
export function diagnoseInterfaceWithoutAddress(
  bindings: readonly HostBinding[],
  { links = [] }: Observations,
  { addresses }: HostFacts,
): Finding[] {
  const listening = bindings.flatMap((binding) => {
    const pattern = binding.listen.interface;
    if (pattern === undefined || binding.ownAddresses.length > 0) return [];
    const link = links.find(({ name }) => coversInterface(pattern, name));
    return link === undefined ? [] : [{ binding, pattern, arrival: arrivalOf(links, link.name) }];
  });
  return [...groupBy(listening, ({ pattern, binding }) => `${pattern} ${binding.forward.family}`).values()].map(
    (some) => {
      const [{ binding, pattern, arrival }] = some as [(typeof some)[number]];
      const { family } = binding.forward;
      const forwards = formatForwards(some.map((one) => one.binding));
      const { path } = binding.listen;
      if (arrival?.kind === 'port')
        return {
          code: 'host/interface-port',
          message: `${arrivalText(pattern, arrival)}: ${forwards} can receive nothing at the addresses of ${pattern}, which has none`,
          remedy: `write ${receiversText(arrival)} instead of ${pattern}`,
          path,
        };
      const others = addresses.filter((entry) => isOf(family, entry.address) && receives(links, entry.interface));
      const names = [...new Set(others.map((entry) => entry.interface))];
      return {
        code: 'host/interface-without-address',
        message: `${pattern} has no ${family === 'ip' ? 'IPv4' : 'IPv6'} address now: ${forwards} can receive nothing there`,
        remedy: `${names.length === 0 ? `give ${pattern} an address` : `name the interface that has the addresses (${formatList(names)})`}, or ignore this if ${pattern} gets an address later`,
        path,
      };
    },
  );
}

/** Every interface has a link-local address, and clients do not use it. */
const isOf = (family: Family, address: string): boolean =>
  address.includes(':') === (family === 'ip6') && !isLinkLocal(address);

const receives = (links: readonly Link[], name: string): boolean =>
  name !== 'lo' && arrivalOf(links, name)?.kind !== 'port';

/** The host may get the address later, as the standby of a failover pair does. */
export function diagnoseAddressAbsent(bindings: readonly HostBinding[], facts: HostFacts): Finding[] {
  const absent = bindings.filter(({ listen: { address } }) => address !== undefined && !isLocal(facts, address));
  const addresses = [...new Set(absent.map(({ listen }) => listen.address ?? ''))];
  return absent.slice(0, 1).map(({ listen }) => ({
    code: 'host/address-absent',
    message: `this host does not have ${formatList(addresses)} now: ${formatForwards(absent)} can receive nothing there`,
    remedy: `correct the address (ip address lists those of this host), or ignore this if the host gets ${addresses.length === 1 ? 'it' : 'them'} later`,
    path: listen.path,
  }));
}
