import { isPair, type YAMLMap, type YAMLSeq } from 'yaml';
import { beginsLine, commentsAbove, endsLine, lineEnd, lineStart, nextLine } from './lines.ts';
import { endOf, startOf, tokensBefore } from './nodes.ts';
import { deletion, insertion, type Splice } from './splice.ts';

type Flow = YAMLSeq | YAMLMap;

interface Entry {
  readonly start: number;
  readonly end: number;
  /** Where the comma behind it stands. */
  readonly comma: number | undefined;
}

/** A new last entry of `[…]` or `{…}`: on a line of its own where the last one is. */
export function appendEntry(text: string, flow: Flow, entry: string, lineBreak: string): Splice[] {
  const last = entriesOf(text, flow).at(-1);
  if (last === undefined) return [insertion(startOf(flow) + 1, entry)];
  const { start, end, comma } = last;
  const behind = comma === undefined ? end : comma + 1;
  if (!beginsLine(text, start) || !endsLine(text, behind)) return [insertion(end, `, ${entry}`)];
  const indent = text.slice(lineStart(text, start), start);
  const line = `${lineBreak}${indent}${entry}`;
  return comma === undefined
    ? [insertion(end, ','), insertion(lineEnd(text, end), line)]
    : [insertion(lineEnd(text, behind), `${line},`)];
}

/** With the comma that is one too many then: JSON has none behind the last. */
export function removeEntries(text: string, flow: Flow, indexes: ReadonlySet<number>): Splice[] {
  const entries = entriesOf(text, flow);
  const lastKept = entries.reduce((last, _, index) => (indexes.has(index) ? last : index), -1);
  const comma = entries.at(-1)?.comma === undefined ? entries[lastKept]?.comma : undefined;
  const removed = entries.flatMap((entry, index) =>
    indexes.has(index) ? [removal(text, entry, index > lastKept)] : [],
  );
  return comma === undefined ? removed : [deletion(comma, comma + 1), ...removed];
}

/** Whole lines with the comments directly above them, where nothing else stands there. */
function removal(text: string, { start, end, comma }: Entry, isTail: boolean): Splice {
  const behind = comma === undefined ? end : comma + 1;
  const alone = endsLine(text, behind);
  if (alone && beginsLine(text, start))
    return deletion(
      commentsAbove(text, start, () => true),
      nextLine(text, behind),
    );
  const spaceBefore = text.slice(0, start).length - text.slice(0, start).replace(/[ \t]+$/, '').length;
  if (alone) return deletion(start - spaceBefore, lineEnd(text, behind));
  const spaceBehind = /^[ \t]*/.exec(text.slice(behind, lineEnd(text, behind)))?.[0].length ?? 0;
  return isTail ? deletion(start - spaceBefore, behind) : deletion(start, behind + spaceBehind);
}

const entriesOf = (text: string, flow: Flow): Entry[] =>
  flow.items.map((item, index) => ({
    start: startOf(isPair(item) ? item.key : item),
    end: endOf(isPair(item) ? (item.value ?? item.key) : item, text),
    comma: tokensBefore(flow, index + 1).find(({ type }) => type === 'comma')?.offset,
  }));
