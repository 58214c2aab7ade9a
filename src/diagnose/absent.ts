import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards, formatList } from './name-list.ts';
import type { Observations } from './observations.ts';

/** The interface may be created later, as that of a dial-up connection is. */
export function diagnoseInterfaceAbsent(bindings: readonly HostBinding[], { links }: Observations): Finding[] {
  if (links === undefined) return [];
  const bound = bindings.flatMap((binding) => binding.forward.interfaces.map((name) => ({ binding, name })));
  const others = links.filter((link) => link !== 'lo');
  return [...groupBy(bound, ({ name }) => name)]
    .filter(([name]) => !others.some((link) => coversInterface(name, link)))
    .map(([name, some]) => ({
      code: 'host/interface-absent',
      message: `this host has no interface ${name} now: ${formatForwards(some.map(({ binding }) => binding))} can receive nothing through it`,
      remedy: `correct the name (this host has ${formatList(others.length === 0 ? links : others)}), or ignore this if the interface is created later`,
      path: [...(some[0]?.binding.forward.path ?? []), 'interface'],
    }));
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
