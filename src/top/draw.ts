import type { Line } from './screen.ts';

const ESC = '\u001b';

/** The alternate screen, without a cursor, and without wrapping of lines that are too long. */
export const OPEN_SCREEN = `${ESC}[?1049h${ESC}[?25l${ESC}[?7l${ESC}[2J`;
export const CLOSE_SCREEN = `${ESC}[0m${ESC}[?7h${ESC}[?25h${ESC}[?1049l`;
export const CLEAR_SCREEN = `${ESC}[0m${ESC}[2J`;

const STYLES = { head: `${ESC}[1m`, selected: `${ESC}[7m` } as const;

/**
 * What makes a screen of `before` one of `now`: only what differs in a line is sent, from the first changed character on.
 * Empty if nothing does.
 */
export const drawChanges = (before: readonly Line[], now: readonly Line[]): string =>
  now.map((line, row) => drawLine(before[row] ?? { text: '' }, line, row + 1)).join('');

function drawLine(before: Line, now: Line, row: number): string {
  if (before.text === now.text && before.style === now.style) return '';
  const from = before.style === now.style ? commonStart(before.text, now.text) : 0;
  const style = now.style === undefined ? '' : STYLES[now.style];
  const rest = now.text.slice(from).trimEnd();
  return `${ESC}[${row};${from + 1}H${style}${rest}${style === '' ? '' : `${ESC}[0m`}${ESC}[K`;
}

function commonStart(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}
