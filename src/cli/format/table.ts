import { escapeControls } from '../../finding/quote.ts';

/** Columns as wide as their widest cell, two spaces apart. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map(escapeControls));
  const widths = (safe[0] ?? []).map((_, column) =>
    safe.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  );
  return safe
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
