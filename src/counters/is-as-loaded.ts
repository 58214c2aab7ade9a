import { groupBy } from '../model/group-by.ts';
import { bodiesOf, type NftObject } from '../nft-json/objects.ts';

/** Whether the table counts as it was loaded. `live` and `loaded` were listed by the same nft. Elements do not count. */
export function isAsLoaded(live: readonly NftObject[], loaded: readonly NftObject[]): boolean {
  const names = bodiesOf(loaded, 'set').map(({ name }) => name);
  return textOf(live, names) === textOf(loaded, names);
}

/** Sets of other programs in the table change nothing. */
const textOf = (objects: readonly NftObject[], sets: readonly unknown[]): string =>
  JSON.stringify([
    bodiesOf(objects, 'set')
      .filter(({ name }) => sets.includes(name))
      .map(({ name, type, size, flags }) => JSON.stringify([name, type, size, flags]))
      .sort(),
    bodiesOf(objects, 'chain')
      .map(({ name, type, hook, prio, policy }) => JSON.stringify([name, type, hook, prio, policy]))
      .sort(),
    [...groupBy(bodiesOf(objects, 'rule'), ({ chain }) => chain)]
      .map(([chain, rules]) => JSON.stringify([chain, rules.map(({ expr }) => expr)]))
      .sort(),
  ]);
