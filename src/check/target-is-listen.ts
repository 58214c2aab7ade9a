import type { Finding } from '../finding/finding.ts';
import { bindingsOf, type Binding } from '../model/binding.ts';
import { coversInterface } from '../model/interface-name.ts';
import { groupBy } from '../model/group-by.ts';
import { interfacesWith, isLocal, type HostFacts } from '../model/host-facts.ts';
import { formatListen, formatTarget, keepsPorts, lengthOf, type Forward, type Listen } from '../model/model.ts';
import { indexPorts, type PortIndex } from '../model/port-index.ts';

/**
 * A connection is translated only once, so the target of a forward cannot be the listen of another one (fact 13). If the
 * host facts say that the target is on this host, a listen on every address counts too, and one on its interface.
 */
export function checkTargetIsListen(forwards: readonly Forward[], facts?: HostFacts): Finding[] {
  const isHere = (address: string): boolean => isLocal(facts, address);
  const all = forwards.flatMap(({ listens }) => listens);
  const listened = new Set(all.map(({ address }) => address));
  const names = [...new Set(all.flatMap((listen) => listen.interface ?? []))];
  const candidates = forwards.filter(({ target }) => listened.has(target.address) || isHere(target.address));
  if (candidates.length === 0) return [];
  const indexes = indexListens(forwards);
  return candidates.flatMap((forward) => {
    const { target } = forward;
    const owners = facts === undefined || names.length === 0 ? [] : interfacesWith(facts, target.address);
    const on = names.filter((name) => owners.some((owner) => coversInterface(name, owner))).map(onInterface);
    const addresses = isHere(target.address) ? [target.address, ANY, ...on] : [target.address];
    for (const binding of bindingsOf([forward])) {
      const other = firstOverlap(binding, addresses, indexes);
      if (other !== undefined) return [targetIsListen(forward, other)];
    }
    return [];
  });
}

const ANY = '';
const onInterface = (name: string): string => `@${name}`;

const keyOf = ({ forward, protocol }: Binding, address: string): string => `${forward.family} ${protocol} ${address}`;

function indexListens(forwards: readonly Forward[]): ReadonlyMap<string, PortIndex<Binding>> {
  const groups = groupBy(bindingsOf(forwards), (binding) => keyOf(binding, placeOf(binding.listen)));
  return new Map([...groups].map(([key, group]) => [key, indexPorts(group, ({ listen }) => listen.ports)]));
}

const placeOf = ({ address, interface: name }: Listen): string =>
  name === undefined ? (address ?? ANY) : onInterface(name);

function firstOverlap(
  binding: Binding,
  addresses: readonly string[],
  indexes: ReadonlyMap<string, PortIndex<Binding>>,
): Binding | undefined {
  for (const address of addresses) {
    for (const other of indexes.get(keyOf(binding, address))?.overlapping(binding.targetPorts) ?? [])
      if (!isIdentity(binding, other)) return other;
  }
  return undefined;
}

/** The forward's own listen on every address, if no port changes: DNAT to the same address and port changes nothing. */
const isIdentity = ({ forward, listen }: Binding, other: Binding): boolean =>
  other.forward === forward &&
  other.listen === listen &&
  listen.address === undefined &&
  keepsPorts(forward.target, listen);

const targetIsListen = (forward: Forward, other: Binding): Finding => ({
  code: 'target/is-a-listen',
  message: `the target ${formatTarget(forward.target)} is the listen ${formatListen(other.listen, other.forward.family)} of ${other.forward.name}, but a connection is translated only once`,
  remedy: other.forward === forward ? OWN_REMEDY : remedy(other),
  path: forward.target.path,
  related: [other.listen.path],
});

const OWN_REMEDY = 'write the address and port where the service itself listens';

function remedy({ forward, listen, targetPorts }: Binding): string {
  const final = formatTarget({ ...forward.target, ports: targetPorts });
  return `write the target of ${forward.name}, ${final}${lengthOf(listen.ports) > 1 ? ' with the port that you want' : ''}`;
}
