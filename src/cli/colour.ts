import type { Sign } from './format-lines.ts';
import type { World } from './world.ts';

export type Paint = (sign: Sign, text: string) => string;

/** Colours are for people who watch: none in a pipe, on a dumb terminal, or where NO_COLOR asks for none. */
export const painter = ({ host, env }: World): Paint =>
  host.terminal.showsOutput() && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
    ? (sign, text) => `\u001b[${COLOURS[sign]}m${text}\u001b[0m`
    : (_, text) => text;

/** Green, red, yellow. */
const COLOURS: Record<Sign, number> = { '+': 32, '-': 31, '~': 33 };
