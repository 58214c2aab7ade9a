import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards, formatSome } from './names.ts';
import type { Observations } from './observations.ts';
import { coversInterface } from '../model/interface-name.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';

/** Nothing comes in through an interface that is not there; it may come later, as a dialled line does. */
export function diagnoseInterfaceAbsent(bindings: readonly HostBinding[], { links }: Observations): Finding[] {
  if (links === undefined) return [];
  const bound = bindings.flatMap((binding) => binding.forward.interfaces.map((name) => ({ binding, name })));
  const others = links.filter((link) => link !== 'lo');
  return [...groupBy(bound, ({ name }) => name)]
    .filter(([name]) => !others.some((link) => coversInterface(name, link)))
    .map(([name, met]) => ({
      code: 'host/interface-absent',
      message: `this host has no interface ${name} now: nothing comes in through it to ${formatForwards(met.map(({ binding }) => binding))}`,
      remedy: `${others.length === 0 ? 'it has none but lo' : `it has ${formatSome(others)}`}; correct the name, or let it be where the interface comes later`,
      path: [...(met[0]?.binding.forward.path ?? []), 'interface'],
    }));
}

/** Nothing is sent to this host by an address that it has not; it may get it later, as a standby does. */
export function diagnoseAddressAbsent(bindings: readonly HostBinding[], facts: HostFacts): Finding[] {
  const met = bindings.filter(({ listen: { address } }) => address !== undefined && !isLocal(facts, address));
  const addresses = [...new Set(met.map(({ listen }) => listen.address ?? ''))];
  return met.slice(0, 1).map(({ listen }) => ({
    code: 'host/address-absent',
    message: `this host does not have ${formatSome(addresses)} now: nothing comes in there to ${formatForwards(met)}`,
    remedy: `correct the address, or let it be where the host gets ${addresses.length === 1 ? 'it' : 'them'} later`,
    path: listen.path,
  }));
}
