import type { Finding } from '../finding/finding.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';

/** How many forwards are named before the rest is counted. */
const NAMED = 3;

/** One note for all: on a gateway nearly every forward leads to another host. */
export function checkLoopbackLeftAlone(forwards: readonly Forward[], facts?: HostFacts): Finding[] {
  const alone = facts === undefined ? [] : forwards.filter((forward) => leavesAlone(forward, facts));
  const [first] = alone;
  if (first === undefined) return [];
  const names = alone.slice(0, NAMED).map(({ name }) => name);
  const more = alone.length > NAMED ? ` and ${alone.length - NAMED} more` : '';
  return [
    {
      code: 'listen/loopback-left-alone',
      message: `127.0.0.1 does not lead to ${names.join(', ')}${more}: ${alone.length === 1 ? 'its target is another host' : 'their targets are other hosts'}`,
      remedy: 'connect to another address of this host, or add loopback: true',
      path: first.path,
    },
  ];
}

const leavesAlone = ({ family, loopback, interfaces, listens, target }: Forward, facts: HostFacts): boolean =>
  family === 'ip' &&
  !loopback &&
  interfaces.length === 0 &&
  listens.some(({ address }) => address === undefined) &&
  !isLocal(facts, target.address);
