import type { Finding } from '../finding/finding.ts';
import { isKeptRange, lengthOf, type Forward } from '../model/model.ts';

/**
 * One short line can become 65 535 map elements, and nft needs 4 KB of memory for each. 131 072 elements (every port of
 * TCP and UDP) take half a gigabyte.
 */
export const MAX_ELEMENTS = 131_072;

/** Forwards that are named: those with the most elements. */
const MAX_NAMES = 3;

export function checkTooManyElements(forwards: readonly Forward[]): Finding[] {
  const count = forwards.reduce((sum, forward) => sum + elementsOf(forward), 0);
  if (count <= MAX_ELEMENTS) return [];
  const [first, ...others] = [...forwards].sort((a, b) => elementsOf(b) - elementsOf(a)).slice(0, MAX_NAMES);
  if (first === undefined) return [];
  const most = [first, ...others].map((forward) => `${elementsOf(forward)} of ${forward.name}`);
  const more = forwards.length > MAX_NAMES ? ` and ${forwards.length - MAX_NAMES} more` : '';
  return [
    {
      code: 'model/too-large',
      message: `the forwards become ${count} elements, more than the maximum of ${MAX_ELEMENTS}: ${most.join(', ')}${more}`,
      remedy: 'remove the port from the targets of long ranges; a range that keeps its ports is a single element',
      path: first.target.path,
      related: others.map(({ target }) => target.path),
    },
  ];
}

/** Each port that changes is one element. */
const elementsOf = ({ listens, protocols, target }: Forward): number =>
  protocols.length *
  listens.reduce((sum, listen) => sum + (isKeptRange(target, listen) ? 1 : lengthOf(listen.ports)), 0);
