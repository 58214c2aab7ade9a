import type { Finding } from '../finding/finding.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';

/** Forwards that are named; the others are counted. */
const MAX_NAMES = 3;

/** One note for all forwards, because on a gateway it is true for nearly every one. */
export function checkLoopbackNotForwarded(forwards: readonly Forward[], facts?: HostFacts): Finding[] {
  const found = facts === undefined ? [] : forwards.filter((forward) => ignoresLoopback(forward, facts));
  const [first] = found;
  if (first === undefined) return [];
  const names = found.slice(0, MAX_NAMES).map(({ name }) => name);
  const more = found.length > MAX_NAMES ? ` and ${found.length - MAX_NAMES} more` : '';
  return [
    {
      code: 'listen/loopback-left-alone',
      message: `${names.join(', ')}${more} ${found.length === 1 ? 'does' : 'do'} not forward connections to 127.0.0.1: ${found.length === 1 ? 'its target is another host' : 'their targets are other hosts'}`,
      remedy: 'connect to another address of this host, or add loopback: true',
      path: first.path,
    },
  ];
}

const ignoresLoopback = ({ family, loopback, interfaces, listens, target }: Forward, facts: HostFacts): boolean =>
  family === 'ip' &&
  !loopback &&
  interfaces.length === 0 &&
  listens.some(({ address, interface: name }) => address === undefined && name === undefined) &&
  !isLocal(facts, target.address);
