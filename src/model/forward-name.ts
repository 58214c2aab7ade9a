import type { Finding, ModelPath } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { formatPorts, type Forward } from './model.ts';

/** Starts with a letter, so that no name is a port; holds nothing that nft's text form gives a meaning. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/;

export const checkName = (name: string, path: ModelPath): Finding[] =>
  NAME.test(name)
    ? []
    : [
        {
          code: 'forward/name',
          message: `${quote(name)} cannot be the name of a forward`,
          remedy: 'begin with a letter, go on with letters, digits, "-", "_" and ".", 63 at most',
          path,
        },
      ];

/**
 * The name of a forward that has none: `tcp-6000`, `tcp6-443`, `udp-203.0.113.1-53@eth0,eth1`. It depends on this
 * forward alone, so it stays the same when others come and go; two forwards with one such name overlap.
 */
export function deriveName({ protocols, family, listens, interfaces }: NameParts): string {
  const [listen] = listens;
  if (listen === undefined) return '';
  const protocol = protocols.length === 1 ? protocols[0] : protocols.join('+');
  const address = listen.address === undefined ? '' : `-${listen.address}`;
  const through = interfaces.length === 0 ? '' : `@${interfaces.join(',')}`;
  return `${protocol}${family === 'ip6' ? '6' : ''}${address}-${formatPorts(listen.ports)}${through}`;
}

type NameParts = Pick<Forward, 'protocols' | 'family' | 'listens' | 'interfaces'>;

/**
 * A derived name depends on its forward alone, and a forward that is switched on keeps it whatever else the file
 * holds. Those without a name that share a listen, one of them at most switched on, are told apart by their order:
 * what is switched off is `tcp-6000-1`, `tcp-6000-2`, and whoever switches off `tcp-6000` cannot switch on another
 * by that name. `items` are the forwards as the file has them.
 */
export function uniqueNames(forwards: readonly Forward[], items: readonly unknown[]): readonly Forward[] {
  if (forwards.every(({ enabled }) => enabled)) return forwards;
  const unnamed = new Set(forwards.filter((forward) => !isNamed(forward, items)));
  const isSpare = (forward: Forward): boolean => !forward.enabled && unnamed.has(forward);
  const taken = new Set(forwards.filter((forward) => !isSpare(forward)).map(({ name }) => name));
  const sharing = countNames(unnamed);
  const numbers = new Map<string, number>();
  return forwards.map((forward) => {
    const { name } = forward;
    if (!unnamed.has(forward)) return forward;
    let number = (numbers.get(name) ?? 0) + 1;
    while (isSpare(forward) && taken.has(`${name}-${number}`)) number += 1;
    numbers.set(name, number);
    return isSpare(forward) && (sharing.get(name) !== 1 || taken.has(name))
      ? { ...forward, name: `${name}-${number}` }
      : forward;
  });
}

const isNamed = ({ path }: Forward, items: readonly unknown[]): boolean =>
  (items[Number(path[1])] as { readonly name?: unknown } | undefined)?.name !== undefined;

function countNames(forwards: Iterable<Forward>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of forwards) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
