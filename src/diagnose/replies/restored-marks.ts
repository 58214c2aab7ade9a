import type { ForeignTable } from '../observations.ts';

/** Another program copies connection marks to packets. True if its rules could not be read. */
export const restoresMarks = (tables: readonly ForeignTable[] | undefined): boolean =>
  tables === undefined ||
  tables.some((table) =>
    table.kind === 'iptables'
      ? table.lines.some((line) => /--restore-mark|--mark .* -j MARK /.test(line))
      : table.rules === undefined || table.rules.some(({ expr }) => copiesMark(expr)),
  );

/**
 * `meta mark set ct mark`, also with a mask; a packet mark that depends on the connection mark (`ct mark 1 meta mark set 1`);
 * or a statement of iptables that nft does not show.
 */
function copiesMark(expr: readonly unknown[]): boolean {
  const parts = expr.map((part) => (part ?? {}) as Part);
  if (parts.some(({ xt }) => JSON.stringify(xt ?? null).includes('CONNMARK'))) return true;
  const isMatched = parts.some(({ match }) => readsMark(match?.left));
  return parts.some(({ mangle }) => mangle?.key?.meta?.key === 'mark' && (isMatched || readsMark(mangle.value)));
}

const readsMark = (value: unknown): boolean => JSON.stringify(value ?? null).includes('{"ct":{"key":"mark"');

interface Part {
  readonly match?: { readonly left?: unknown } | null;
  readonly mangle?: { readonly key?: { readonly meta?: { readonly key?: unknown } }; readonly value?: unknown } | null;
  readonly xt?: unknown;
}
