import type { Change } from '../../apply/change.ts';
import { compareForwards, type ForwardChange } from '../../compare/forwards.ts';
import { enabledForwards } from '../../model/model.ts';

/** From the forwards that the kernel held to those of the change. */
interface ForwardCounts {
  readonly added: number;
  readonly changedForwards: number;
  readonly removed: number;
  readonly unchanged: number;
}

/** Undefined: it is not known what the kernel held. */
export function forwardCounts({ loaded, model }: Pick<Change, 'loaded' | 'model'>): ForwardCounts | undefined {
  if (loaded === undefined) return undefined;
  const { changes, unchanged } = compareForwards(loaded, enabledForwards(model));
  const count = (kind: ForwardChange['kind']): number => changes.filter((change) => change.kind === kind).length;
  return { added: count('added'), changedForwards: count('changed'), removed: count('removed'), unchanged };
}

export const noForwardChanges = (unchanged: number): ForwardCounts => ({
  added: 0,
  changedForwards: 0,
  removed: 0,
  unchanged,
});

/** `+1 ~1 -0, 2999 unchanged` */
export const countsLine = (counts: ForwardCounts | undefined): string =>
  counts === undefined
    ? 'what was loaded before is not on record'
    : `+${counts.added} ~${counts.changedForwards} -${counts.removed}, ${counts.unchanged} unchanged`;
