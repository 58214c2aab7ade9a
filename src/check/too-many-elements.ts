import type { Finding } from '../finding/finding.ts';
import { isKeptRange, lengthOf, type Forward } from '../model/model.ts';

/**
 * One forward can become 65 535 elements, and a line is short: a file of 100 KB would become millions. nft takes 4 KB
 * of memory for each, so 131 072 take half a gigabyte; that is every port of TCP and of UDP, shifted.
 */
const MOST = 131_072;

/** Forwards that are named, those with most elements first. */
const NAMED = 3;

export function checkTooManyElements(forwards: readonly Forward[]): Finding[] {
  const count = forwards.reduce((sum, forward) => sum + elementsOf(forward), 0);
  if (count <= MOST) return [];
  const [first, ...others] = [...forwards].sort((a, b) => elementsOf(b) - elementsOf(a)).slice(0, NAMED);
  if (first === undefined) return [];
  const most = [first, ...others].map((forward) => `${elementsOf(forward)} of ${forward.name}`);
  const more = forwards.length > NAMED ? ` and ${forwards.length - NAMED} more` : '';
  return [
    {
      code: 'model/too-large',
      message: `the forwards become ${count} elements, more than the ${MOST} that portfwd loads: ${most.join(', ')}${more}`,
      remedy: 'let long ranges keep their ports, with no port in the target: such a range is one element',
      path: first.target.path,
      related: others.map(({ target }) => target.path),
    },
  ];
}

/** A port that is shifted is an element of its own. */
const elementsOf = ({ listens, protocols, target }: Forward): number =>
  protocols.length *
  listens.reduce((sum, listen) => sum + (isKeptRange(target, listen) ? 1 : lengthOf(listen.ports)), 0);
