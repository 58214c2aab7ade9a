import type { Finding } from '../finding/finding.ts';
import { bindingsOf, type Binding } from '../model/binding.ts';
import { groupBy } from '../model/group-by.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { formatListen, formatTarget, keepsPorts, lengthOf, type Forward } from '../model/model.ts';
import { indexPorts, type PortIndex } from '../model/port-index.ts';

/**
 * A connection is translated once, so a forward never leads into another forward (fact 13).
 * A listen on any address is met when the host facts say that the target is this host.
 */
export function checkTargetIsListen(forwards: readonly Forward[], facts?: HostFacts): Finding[] {
  const isHere = (address: string): boolean => facts !== undefined && isLocal(facts, address);
  const listened = new Set(forwards.flatMap(({ listens }) => listens.map(({ address }) => address)));
  const suspects = forwards.filter(({ target }) => listened.has(target.address) || isHere(target.address));
  if (suspects.length === 0) return [];
  const indexes = indexListens(forwards);
  return suspects.flatMap((forward) => {
    const { target } = forward;
    const addresses = isHere(target.address) ? [target.address, ANY] : [target.address];
    for (const binding of bindingsOf([forward])) {
      const met = firstMet(binding, addresses, indexes);
      if (met !== undefined) return [chained(forward, met)];
    }
    return [];
  });
}

const ANY = '';

const keyOf = ({ forward, protocol }: Binding, address: string): string => `${forward.family} ${protocol} ${address}`;

function indexListens(forwards: readonly Forward[]): ReadonlyMap<string, PortIndex<Binding>> {
  const groups = groupBy(bindingsOf(forwards), (binding) => keyOf(binding, binding.listen.address ?? ANY));
  return new Map([...groups].map(([key, group]) => [key, indexPorts(group, ({ listen }) => listen.ports)]));
}

function firstMet(
  binding: Binding,
  addresses: readonly string[],
  indexes: ReadonlyMap<string, PortIndex<Binding>>,
): Binding | undefined {
  for (const address of addresses) {
    for (const other of indexes.get(keyOf(binding, address))?.meeting(binding.targetPorts) ?? [])
      if (!isIdentity(binding, other)) return other;
  }
  return undefined;
}

/** One's own listen on any address that keeps its ports: the packet to the target's address stays as it is. */
const isIdentity = ({ forward, listen }: Binding, other: Binding): boolean =>
  other.forward === forward &&
  other.listen === listen &&
  listen.address === undefined &&
  keepsPorts(forward.target, listen);

const chained = (forward: Forward, other: Binding): Finding => ({
  code: 'target/is-a-listen',
  message: `the target ${formatTarget(forward.target)} is a listen of this model (${formatListen(other.listen, other.forward.family)} of ${other.forward.name}), and a connection is translated only once`,
  remedy: other.forward === forward ? OWN_REMEDY : remedy(other),
  path: forward.target.path,
  related: [other.listen.path],
});

const OWN_REMEDY = 'write the address and port where the service itself listens';

function remedy({ forward, listen, targetPorts }: Binding): string {
  const final = formatTarget({ ...forward.target, ports: targetPorts });
  return `write the target of ${forward.name}, ${final}${lengthOf(listen.ports) > 1 ? ' with the port that is meant' : ''}`;
}
