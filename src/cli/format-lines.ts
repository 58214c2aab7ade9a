import { escapeControls } from '../finding/quote.ts';
import type { Paint } from './colour.ts';

/** Comes, goes, becomes another. */
export type Sign = '+' | '-' | '~';

/** One thing that differs: `+ web  tcp 8080 -> 10.0.0.2:80`. */
export interface Line {
  readonly sign: Sign;
  readonly name: string;
  readonly text: string;
}

const MOST = 40;

/** Texts stand below each other. What comes from files or the kernel moves no cursor; what is too much is counted. */
export function formatLines(lines: readonly Line[], paint: Paint): string[] {
  const shown = lines
    .slice(0, MOST)
    .map(({ sign, name, text }) => ({ sign, name: escapeControls(name), text: escapeControls(text) }));
  const width = shown.reduce((most, { name }) => Math.max(most, name.length), 0);
  const rest = lines.length - shown.length;
  return [
    ...shown.map(({ sign, name, text }) => paint(sign, `${sign} ${name.padEnd(width)}  ${text}`)),
    ...(rest === 0 ? [] : [`… and ${rest} more`]),
  ];
}
