import type { ForeignTable } from '../observations.ts';

/** Another program copies connection marks to packets. True if its rules could not be read. */
export const restoresMarks = (tables: readonly ForeignTable[] | undefined): boolean =>
  tables === undefined ||
  tables.some((table) =>
    table.kind === 'iptables'
      ? table.lines.some((line) => line.includes('--restore-mark'))
      : table.rules === undefined || table.rules.some(({ expr }) => expr.some(copiesMark)),
  );

/** `meta mark set ct mark`, also with a mask; or a statement of iptables that nft does not show. */
function copiesMark(part: unknown): boolean {
  const { mangle, xt } = (part ?? {}) as { readonly mangle?: Mangle; readonly xt?: unknown };
  if (xt !== undefined) return JSON.stringify(xt).includes('CONNMARK');
  return mangle?.key?.meta?.key === 'mark' && JSON.stringify(mangle.value ?? null).includes('{"ct":{"key":"mark"');
}

interface Mangle {
  readonly key?: { readonly meta?: { readonly key?: unknown } };
  readonly value?: unknown;
}
