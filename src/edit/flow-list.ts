import { isPair, type YAMLMap, type YAMLSeq } from 'yaml';
import { beginsLine, commentsAbove, endsLine, lineEnd, lineStart, nextLine } from './lines.ts';
import { endOf, startOf, tokensBefore } from './nodes.ts';
import { deletion, insertion, type Splice } from './splice.ts';

type Flow = YAMLSeq | YAMLMap;

interface Entry {
  readonly start: number;
  readonly end: number;
  /** The offset of the comma after it. */
  readonly comma: number | undefined;
}

/** Appends an entry to `[…]` or `{…}`, on its own line if the last entry is on its own line. */
export function appendEntry(text: string, flow: Flow, entry: string, lineBreak: string): Splice[] {
  const last = entriesOf(text, flow).at(-1);
  if (last === undefined) return [insertion(startOf(flow) + 1, entry)];
  const { start, end, comma } = last;
  const after = comma === undefined ? end : comma + 1;
  if (!beginsLine(text, start) || !endsLine(text, after)) return [insertion(end, `, ${entry}`)];
  const indent = text.slice(lineStart(text, start), start);
  const line = `${lineBreak}${indent}${entry}`;
  return comma === undefined
    ? [insertion(end, ','), insertion(lineEnd(text, end), line)]
    : [insertion(lineEnd(text, after), `${line},`)];
}

/** Removes entries, and the comma that would be left after the last entry: JSON does not allow it. */
export function removeEntries(text: string, flow: Flow, indexes: ReadonlySet<number>): Splice[] {
  const entries = entriesOf(text, flow);
  const lastKept = entries.reduce((last, _, index) => (indexes.has(index) ? last : index), -1);
  const comma = entries.at(-1)?.comma === undefined ? entries[lastKept]?.comma : undefined;
  const removed = entries.flatMap((entry, index) =>
    indexes.has(index) ? [removal(text, entry, index > lastKept)] : [],
  );
  return comma === undefined ? removed : [deletion(comma, comma + 1), ...removed];
}

/** Removes whole lines, with the comments directly above, if there is nothing else on them. */
function removal(text: string, { start, end, comma }: Entry, isTail: boolean): Splice {
  const after = comma === undefined ? end : comma + 1;
  const endsThere = endsLine(text, after);
  if (endsThere && beginsLine(text, start))
    return deletion(
      commentsAbove(text, start, () => true),
      nextLine(text, after),
    );
  const spaceBefore = text.slice(0, start).length - text.slice(0, start).replace(/[ \t]+$/, '').length;
  if (endsThere) return deletion(start - spaceBefore, lineEnd(text, after));
  const spaceAfter = /^[ \t]*/.exec(text.slice(after, lineEnd(text, after)))?.[0].length ?? 0;
  return isTail ? deletion(start - spaceBefore, after) : deletion(start, after + spaceAfter);
}

const entriesOf = (text: string, flow: Flow): Entry[] =>
  flow.items.map((item, index) => ({
    start: startOf(isPair(item) ? item.key : item),
    end: endOf(isPair(item) ? (item.value ?? item.key) : item, text),
    comma: tokensBefore(flow, index + 1).find(({ type }) => type === 'comma')?.offset,
  }));
