import type { Finding } from '../finding/finding.ts';
import { bindingsOf, type Binding } from '../model/binding.ts';
import { groupBy } from '../model/group-by.ts';
import { formatListen, type Forward, type PortRange } from '../model/model.ts';
import { meetingInterfaces } from './meeting-interfaces.ts';
import { portOwners, type PortOwners } from './port-owners.ts';

interface NumberedBinding extends Binding {
  readonly order: number;
}

/** Of those that one listen meets: they are there to find the mistake, and 10 000 would not help. */
const MOST_RIVALS = 10;

/**
 * Two forwards must not claim the same packet: one of them would silently be dead.
 * Any address meets every address; no interface meets every interface.
 */
export function checkListenOverlap(forwards: readonly Forward[]): Finding[] {
  if (!portsMeet(forwards)) return [];
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
 * Bindings of one family and protocol, each held against those before it. A binding is filed under its own
 * address and interfaces, and under ALL for those that it meets whatever they say.
 */
function overlapsIn(bindings: readonly NumberedBinding[]): { readonly order: number; readonly finding: Finding }[] {
  const files = new Map<string, PortOwners<NumberedBinding>>();
  const fileOf = (address: string, name: string): PortOwners<NumberedBinding> | undefined =>
    files.get(`${address} ${name}`);
  const interfacesMet = meetingInterfaces(bindings.flatMap(({ forward }) => forward.interfaces));
  return bindings.flatMap((binding) => {
    const { listen, forward } = binding;
    const addresses = listen.address === undefined ? [ALL] : [listen.address, ANY];
    const names = forward.interfaces.length === 0 ? [ALL] : [...interfacesMet(forward.interfaces), ANY];
    const rivals = addresses.flatMap((address) =>
      names.flatMap((name) => fileOf(address, name)?.ownersOf(listen.ports, MOST_RIVALS) ?? []),
    );
    for (const key of keysOf(binding)) {
      const file = files.get(key) ?? portOwners<NumberedBinding>();
      files.set(key, file);
      file.take(listen.ports, binding);
    }
    return [...new Set(rivals)]
      .sort((a, b) => a.order - b.order)
      .slice(0, MOST_RIVALS)
      .map((rival) => ({ order: binding.order, finding: overlap(binding, rival) }));
  });
}

/**
 * Whether any two can share a packet at all: in most models none do, and nothing else is worth looking at. Listens of
 * two addresses meet nowhere, unless there is one on any address.
 */
function portsMeet(forwards: readonly Forward[]): boolean {
  const isAny = forwards.some(({ listens }) => listens.some(({ address }) => address === undefined));
  const groups = new Map<string, PortRange[]>();
  for (const { family, protocols, listens } of forwards) {
    for (const protocol of protocols) {
      for (const { ports, address = ANY } of listens) {
        const key = isAny ? family + protocol : `${protocol} ${address}`;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [ports]);
        else group.push(ports);
      }
    }
  }
  return [...groups.values()].some(anyMeet);
}

function anyMeet(ranges: PortRange[]): boolean {
  if (ranges.length < 2) return false;
  let reach = 0;
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    if (first <= reach) return true;
    reach = last;
  }
  return false;
}

const ANY = '';
const ALL = '*';

const keysOf = ({ listen, forward }: NumberedBinding): string[] =>
  [listen.address ?? ANY, ALL].flatMap((address) =>
    [...(forward.interfaces.length === 0 ? [ANY] : forward.interfaces), ALL].map((name) => `${address} ${name}`),
  );

const overlap = (later: NumberedBinding, earlier: NumberedBinding): Finding => ({
  code: 'listen/overlap',
  message: `${later.protocol} ${formatListen(later.listen, later.forward.family)} meets ${formatListen(earlier.listen, earlier.forward.family)} of ${earlier.forward.name}`,
  remedy: 'change the port, address or interface of one of the two, or remove one',
  path: later.listen.path,
  related: [earlier.listen.path],
});
