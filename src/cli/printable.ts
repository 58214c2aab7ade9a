import { escapeControls } from '../finding/quote.ts';
import { MARK } from './format/colour.ts';

const ESCAPE = '\u001b[';

/** A colour, or a line break. */
const WANTED = new RegExp(`(${MARK}\\d+m|\n)`);

/** Names from outside can change what a terminal shows. Most are escaped where a line is made; the rest is escaped here. */
export const printable = (text: string): string =>
  text
    .split(WANTED)
    .map((part, index) => (index % 2 === 1 ? part.replace(MARK, ESCAPE) : escapeControls(part)))
    .join('');

/** JSON with the same value, in which the characters that `escapeControls` escapes are escaped as JSON does it. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replaceAll(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
