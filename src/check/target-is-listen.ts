import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import {
  formatListen,
  formatPorts,
  formatTarget,
  keepsPorts,
  targetPorts,
  type Forward,
  type Listen,
} from '../model/model.ts';
import { indexPorts } from './port-index.ts';

/**
 * A connection is translated once, so a forward never leads into another forward (fact 13).
 * A listen on any address is met when the host facts say that the target is this host.
 */
export function checkTargetIsListen(forwards: readonly Forward[], facts?: HostFacts): Finding[] {
  const listens = forwards.flatMap((forward) => forward.listens.map((listen) => ({ forward, listen })));
  const byAddress = groupBy(listens, ({ forward, listen }) => `${forward.family} ${listen.address ?? ''}`);
  const indexes = new Map(
    [...byAddress].map(([address, group]) => [address, indexPorts(group, ({ listen }) => listen.ports)]),
  );
  return forwards.flatMap((forward) => {
    const { target, family, protocols } = forward;
    const addresses = facts !== undefined && isLocal(facts, target.address) ? [target.address, ''] : [target.address];
    const met = forward.listens.flatMap((from) =>
      addresses
        .flatMap((address) => indexes.get(`${family} ${address}`)?.meeting(targetPorts(target, from)) ?? [])
        .filter((other) => other.forward.protocols.some((protocol) => protocols.includes(protocol)))
        .filter((other) => !isIdentity(forward, from, other)),
    );
    return met.slice(0, 1).map((other) => chained(forward, other));
  });
}

/** One's own listen on any address that keeps its ports: the packet to the target's address stays as it is. */
const isIdentity = (
  forward: Forward,
  from: Listen,
  other: { readonly forward: Forward; readonly listen: Listen },
): boolean =>
  other.forward === forward && other.listen === from && from.address === undefined && keepsPorts(forward.target, from);

const chained = (forward: Forward, other: { readonly forward: Forward; readonly listen: Listen }): Finding => ({
  code: 'target/is-a-listen',
  message: `the target ${formatTarget(forward.target)} is a listen of this model (${formatListen(other.listen, other.forward.family)} of ${other.forward.name}), and a connection is translated only once`,
  remedy: `write the target of ${other.forward.name}, ${formatTarget({ ...other.forward.target, ports: targetPorts(other.forward.target, other.listen) })}${formatPorts(other.listen.ports).includes('-') ? ' with the port that is meant' : ''}`,
  path: forward.target.path,
  related: [other.listen.path],
});
