import type { Finding } from '../finding/finding.ts';
import { bindingsOf, type Binding } from '../model/binding.ts';
import { groupBy } from '../model/group-by.ts';
import { formatListen, type Forward } from '../model/model.ts';
import { placesOf, type Places } from './overlapping-places.ts';
import { overlappingInterfaces } from './overlapping-interfaces.ts';
import { portOwners, type PortOwners } from './port-owners.ts';
import { portsOverlap } from './ports-overlap.ts';

interface NumberedBinding extends Binding {
  readonly order: number;
}

/** Overlaps that are reported for one listen: enough to find the mistake. */
const MAX_OVERLAPS = 10;

/**
 * Two forwards must not match the same packet, because one of them would never be used. A listen without an address
 * overlaps every address, a forward without interfaces overlaps every interface.
 */
export function checkListenOverlap(forwards: readonly Forward[]): Finding[] {
  if (!portsOverlap(forwards)) return [];
  const numbered = bindingsOf(forwards).map(({ forward, listen, protocol, targetPorts }, order): NumberedBinding => ({
    forward,
    listen,
    protocol,
    targetPorts,
    order,
  }));
  const groups = groupBy(numbered, ({ forward, protocol }) => `${forward.family} ${protocol}`);
  return [...groups.values()]
    .flatMap(overlapsIn)
    .sort((a, b) => a.order - b.order)
    .map(({ finding }) => finding);
}

/**
 * Compares each binding of one family and protocol with those before it. A binding is stored under its own address and
 * interfaces and also under ALL, where a binding without an address or interfaces finds it (overlapping-places.ts).
 */
function overlapsIn(bindings: readonly NumberedBinding[]): { readonly order: number; readonly finding: Finding }[] {
  const stored = new Map<string, PortOwners<NumberedBinding>>();
  const storedAt = (address: string, name: string): PortOwners<NumberedBinding> | undefined =>
    stored.get(`${address} ${name}`);
  const places = placesOf(bindings);
  const overlappingNames = overlappingInterfaces(bindings.flatMap(({ forward }) => forward.interfaces));
  return bindings.flatMap((binding) => {
    const { listen, forward } = binding;
    const addresses = places.foundAt(binding);
    const names = forward.interfaces.length === 0 ? [ALL] : [...overlappingNames(forward.interfaces), ANY];
    const others = addresses.flatMap((address) =>
      names.flatMap((name) => storedAt(address, name)?.ownersOf(listen.ports, MAX_OVERLAPS) ?? []),
    );
    for (const key of keysOf(binding, places)) {
      const owners = stored.get(key) ?? portOwners<NumberedBinding>();
      stored.set(key, owners);
      owners.take(listen.ports, binding);
    }
    return [...new Set(others)]
      .sort((a, b) => a.order - b.order)
      .slice(0, MAX_OVERLAPS)
      .map((other) => ({ order: binding.order, finding: overlap(binding, other) }));
  });
}

const ANY = '';
const ALL = '*';

const keysOf = (binding: NumberedBinding, { storedAt }: Places): string[] =>
  storedAt(binding).flatMap((address) => [...namesOf(binding.forward), ALL].map((name) => `${address} ${name}`));

const namesOf = ({ interfaces }: Forward): readonly string[] => (interfaces.length === 0 ? [ANY] : interfaces);

const overlap = (later: NumberedBinding, earlier: NumberedBinding): Finding => ({
  code: 'listen/overlap',
  message: `${later.protocol} ${formatListen(later.listen, later.forward.family)} overlaps ${formatListen(earlier.listen, earlier.forward.family)} of ${earlier.forward.name}`,
  remedy: `change the port, address or interface of one of the two, or remove one${[later, earlier].some(({ forward }) => forward.from.length > 0) ? '; from does not tell forwards apart' : ''}`,
  path: later.listen.path,
  related: [earlier.listen.path],
});
