import type { Problem } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { formatPorts, type Forward } from './model.ts';

/** Starts with a letter, so that a name is never a port. Contains no character that is special in nft syntax. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/;

export const checkName = (name: string): Problem | undefined =>
  NAME.test(name)
    ? undefined
    : {
        code: 'forward/name',
        message: `invalid name ${quote(name)}`,
        remedy: 'start with a letter, then use letters, digits, "-", "_" and "."; at most 63 characters',
      };

/**
 * The name of a forward without the key `name`: `tcp-6000`, `tcp6-443`, `tcp-ppp0-443`, `udp-203.0.113.1-53@eth0,eth1`.
 * It depends on this forward only, so that adding or removing others does not change it. Two enabled forwards with the same derived
 * name overlap.
 */
export function deriveName({ protocols, family, listens, interfaces }: NameParts): string {
  const [listen] = listens;
  if (listen === undefined) return '';
  const protocol = protocols.length === 1 ? protocols[0] : protocols.join('+');
  const place = listen.address ?? listen.interface;
  const address = place === undefined ? '' : `-${place}`;
  const through = interfaces.length === 0 ? '' : `@${interfaces.join(',')}`;
  return `${protocol}${family === 'ip6' ? '6' : ''}${address}-${formatPorts(listen.ports)}${through}`;
}

type NameParts = Pick<Forward, 'protocols' | 'family' | 'listens' | 'interfaces'>;

/**
 * Makes derived names unique. An enabled forward keeps its derived name. Disabled forwards with the same derived name
 * are numbered in file order: `tcp-6000-1`, `tcp-6000-2`. So the name of a forward that was just disabled never refers
 * to another one. `items` are the forwards as they are in the file.
 */
export function uniqueNames(forwards: readonly Forward[], items: readonly unknown[]): readonly Forward[] {
  if (forwards.every(({ enabled }) => enabled)) return forwards;
  const unnamed = new Set(forwards.filter((forward) => !isNamed(forward, items)));
  const isDisabledUnnamed = (forward: Forward): boolean => !forward.enabled && unnamed.has(forward);
  const taken = new Set(forwards.filter((forward) => !isDisabledUnnamed(forward)).map(({ name }) => name));
  const counts = countNames(unnamed);
  const numbers = new Map<string, number>();
  return forwards.map((forward) => {
    const { name } = forward;
    if (!unnamed.has(forward)) return forward;
    let number = (numbers.get(name) ?? 0) + 1;
    while (isDisabledUnnamed(forward) && taken.has(`${name}-${number}`)) number += 1;
    numbers.set(name, number);
    return isDisabledUnnamed(forward) && (counts.get(name) !== 1 || taken.has(name))
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
