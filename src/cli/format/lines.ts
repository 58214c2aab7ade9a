import { escapeControls } from '../../finding/quote.ts';
import type { Context } from '../../apply/context.ts';
import { coloured } from './colour.ts';

/** Added, removed, changed. */
export type Sign = '+' | '-' | '~';

/** One thing that differs: `+ web  tcp 8080 -> 10.0.0.2:80`. */
export interface Line {
  readonly sign: Sign;
  readonly name: string;
  readonly text: string;
}

const MOST = 40;

/** Aligned. Control characters from files or the kernel are escaped; lines beyond a limit are only counted. */
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

export type Paint = (sign: Sign, text: string) => string;

/** No colours in a pipe, on a dumb terminal, or with NO_COLOR. */
export const painter = ({ host, env }: Context): Paint =>
  host.terminal.showsOutput() && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
    ? (sign, text) => coloured(COLOURS[sign], text)
    : (_, text) => text;

/** Green, red, yellow. */
const COLOURS: Record<Sign, number> = { '+': 32, '-': 31, '~': 33 };
