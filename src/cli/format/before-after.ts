import type { Change } from '../../apply/change.ts';
import { holdsRuleset } from '../../apply/read/kernel-table.ts';
import { appliedModel } from '../../apply/read/last-applied.ts';
import { compareForwards, compareSettings, type FieldChange } from '../../compare/forwards.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import { enabledForwards, type Forward } from '../../model/model.ts';
import { forwardText } from './forward-change.ts';

/** What differs, as two texts that any program can compare line by line. Both are empty if nothing does. */
export interface BeforeAfter {
  readonly before: string;
  readonly after: string;
}

/** One thing. Undefined: it is not there. */
type Pair = readonly [before: string | undefined, after: string | undefined];

export async function beforeAfter(change: Change, isChanged: boolean): Promise<BeforeAfter> {
  if (!isChanged) return { before: '', after: '' };
  const { loaded, model, sysctls, boot } = change;
  const pairs: Pair[] = [
    ...(loaded === undefined ? [] : forwardPairs(loaded, enabledForwards(model))),
    ...(await settingsOf(change)).map(({ field, before, after }): Pair => [
      `${field}: ${before}`,
      `${field}: ${after}`,
    ]),
    ...[...sysctls.restore, ...sysctls.set].map(({ path, before = 'absent', after }): Pair => {
      const name = sysctlName(path);
      return [`${name}: ${before}`, `${name}: ${after}`];
    }),
    ...(boot?.changes ?? []).map((path): Pair => [`${path}: other content`, `${path}: as portfwd writes it`]),
  ];
  // Nothing that the file says differs: another program changed the table, or the host compiles the file in another way.
  if (pairs.length === 0) pairs.push([`${TABLE}: other content`, `${TABLE}: as portfwd makes it`]);
  return { before: textOf(pairs.map(([before]) => before)), after: textOf(pairs.map(([, after]) => after)) };
}

const TABLE = 'table inet portfwd';

const forwardPairs = (before: readonly Forward[], after: readonly Forward[]): Pair[] =>
  compareForwards(before, after).changes.map((change): Pair => {
    if (change.kind === 'changed') return [forwardText(change.before), forwardText(change.after)];
    const text = forwardText(change.forward);
    return change.kind === 'added' ? [undefined, text] : [text, undefined];
  });

/** Only if it is known what is loaded. */
async function settingsOf({ table, previous, model }: Change): Promise<FieldChange[]> {
  if (table === undefined || previous === undefined || !holdsRuleset(table, previous.marker)) return [];
  const before = await appliedModel(previous);
  return before === undefined ? [] : compareSettings(before, model);
}

const textOf = (lines: readonly (string | undefined)[]): string =>
  lines.flatMap((line) => (line === undefined ? [] : [`${line}\n`])).join('');
