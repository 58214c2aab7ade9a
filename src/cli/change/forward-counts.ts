import type { Change } from '../../apply/change.ts';
import { compareForwards, type ForwardChange } from '../../compare/forwards.ts';
import { enabledForwards } from '../../model/model.ts';

/** From the forwards that the kernel held to those of the change. */
interface ForwardCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
}

/** Undefined: it is not known what the kernel held. */
export function forwardCounts({ loaded, model }: Pick<Change, 'loaded' | 'model'>): ForwardCounts | undefined {
  if (loaded === undefined) return undefined;
  const { changes, unchanged } = compareForwards(loaded, enabledForwards(model));
  const count = (kind: ForwardChange['kind']): number => changes.filter((change) => change.kind === kind).length;
  return { added: count('added'), changed: count('changed'), removed: count('removed'), unchanged };
}

/** `+1 ~1 -0, 2999 unchanged` */
export const countsLine = (counts: ForwardCounts | undefined): string =>
  counts === undefined
    ? 'what was loaded before is not on record'
    : `+${counts.added} ~${counts.changed} -${counts.removed}, ${counts.unchanged} unchanged`;
