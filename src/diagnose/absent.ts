import type { Finding } from '../finding/finding.ts';
import { arrivalOf } from '../model/routing/arrival.ts';
import { groupBy } from '../model/group-by.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
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
  { links }: Observations,
  { addresses }: HostFacts,
): Finding[] {
  const listening = bindings.filter(({ listen: { interface: name }, ownAddresses }) => {
    const isThere = name !== undefined && links?.some((link) => coversInterface(name, link.name)) === true;
    return isThere && ownAddresses.length === 0;
  });
  return [...groupBy(listening, ({ listen, forward }) => `${listen.interface} ${forward.family}`).values()].map(
    (some) => {
      const [{ listen, forward }] = some as [HostBinding];
      const others = [...new Set(addresses.map((entry) => entry.interface))].filter((name) => name !== 'lo');
      return {
        code: 'host/interface-without-address',
        message: `${listen.interface} has no ${forward.family === 'ip' ? 'IPv4' : 'IPv6'} address now: ${formatForwards(some)} can receive nothing there`,
        remedy: `name the interface that has the addresses (${formatList(others)} have some), or ignore this if ${listen.interface} gets an address later`,
        path: listen.path,
      };
    },
  );
}

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
