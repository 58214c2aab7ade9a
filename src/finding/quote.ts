const LONGEST = 60;

/**
 * A value from the file, fit to be shown: quoted, cut short, and with everything escaped that a terminal
 * or a log would take for more than text.
 */
export function quote(value: unknown): string {
  const text =
    typeof value === 'string' || typeof value === 'number' ? `${value}` : (JSON.stringify(value) ?? 'nothing');
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return typeof value === 'string' ? `"${escapeControls(short)}"` : escapeControls(short);
}

/** Every character that moves a cursor, ends a line or turns text around is written as its code point. */
export const escapeControls = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
