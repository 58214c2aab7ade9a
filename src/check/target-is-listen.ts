import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import {
  formatListen,
  formatTarget,
  keepsPorts,
  lengthOf,
  targetPorts,
  type Forward,
  type Listen,
} from '../model/model.ts';
import { indexPorts, type PortIndex } from '../model/port-index.ts';

interface Claim {
  readonly forward: Forward;
  readonly listen: Listen;
}

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
    const { target, family, protocols, listens } = forward;
    const addresses = isHere(target.address) ? [target.address, ''] : [target.address];
    const keys = protocols.flatMap((protocol) => addresses.map((address) => `${family} ${protocol} ${address}`));
    for (const listen of listens) {
      const met = firstMet({ forward, listen }, keys, indexes);
      if (met !== undefined) return [chained(forward, met)];
    }
    return [];
  });
}

function indexListens(forwards: readonly Forward[]): ReadonlyMap<string, PortIndex<Claim>> {
  const claims = forwards.flatMap((forward) =>
    forward.listens.flatMap((listen) => forward.protocols.map((protocol) => ({ forward, listen, protocol }))),
  );
  const groups = groupBy(
    claims,
    ({ forward, listen, protocol }) => `${forward.family} ${protocol} ${listen.address ?? ''}`,
  );
  return new Map([...groups].map(([key, group]) => [key, indexPorts(group, ({ listen }) => listen.ports)]));
}

function firstMet(
  from: Claim,
  keys: readonly string[],
  indexes: ReadonlyMap<string, PortIndex<Claim>>,
): Claim | undefined {
  for (const key of keys) {
    for (const other of indexes.get(key)?.meeting(targetPorts(from.forward.target, from.listen)) ?? [])
      if (!isIdentity(from, other)) return other;
  }
  return undefined;
}

/** One's own listen on any address that keeps its ports: the packet to the target's address stays as it is. */
const isIdentity = ({ forward, listen }: Claim, other: Claim): boolean =>
  other.forward === forward &&
  other.listen === listen &&
  listen.address === undefined &&
  keepsPorts(forward.target, listen);

const chained = (forward: Forward, other: Claim): Finding => ({
  code: 'target/is-a-listen',
  message: `the target ${formatTarget(forward.target)} is a listen of this model (${formatListen(other.listen, other.forward.family)} of ${other.forward.name}), and a connection is translated only once`,
  remedy: other.forward === forward ? OWN_REMEDY : remedy(other),
  path: forward.target.path,
  related: [other.listen.path],
});

const OWN_REMEDY = 'write the address and port where the service itself listens';

function remedy({ forward, listen }: Claim): string {
  const final = formatTarget({ ...forward.target, ports: targetPorts(forward.target, listen) });
  return `write the target of ${forward.name}, ${final}${lengthOf(listen.ports) > 1 ? ' with the port that is meant' : ''}`;
}
