import type { Finding } from '../finding/finding.ts';
import type { Forward } from '../model/model.ts';
import { MAX_ELEMENTS } from './too-many-elements.ts';

/** Each client of each listen and protocol is an element of a set, which needs as much memory as that of a map. */
export function checkTooManyClients(forwards: readonly Forward[]): Finding[] {
  let [count, most] = [0, forwards[0]];
  for (const forward of forwards) {
    count += elementsOf(forward);
    if (most === undefined || elementsOf(forward) > elementsOf(most)) most = forward;
  }
  if (most === undefined || count <= MAX_ELEMENTS) return [];
  return [
    {
      code: 'model/too-large',
      message: `the clients of the forwards become ${count} elements, more than the maximum of ${MAX_ELEMENTS}: ${elementsOf(most)} of ${most.name}`,
      remedy: 'write prefixes such as 198.51.100.0/24 instead of single clients',
      path: most.path.concat('from'),
    },
  ];
}

const elementsOf = ({ from, listens, protocols }: Forward): number => from.length * listens.length * protocols.length;
