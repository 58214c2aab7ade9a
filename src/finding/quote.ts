const MAX_LENGTH = 60;

/**
 * Formats a value from the file for a message: quoted, shortened, and with everything escaped that a terminal or a log
 * would not show as plain text.
 */
export function quote(value: unknown): string {
  const text =
    typeof value === 'string' || typeof value === 'number' ? `${value}` : (JSON.stringify(value) ?? 'nothing');
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return typeof value === 'string' ? `"${escapeControls(short)}"` : escapeControls(short);
}

/** Replaces characters that move the cursor, end a line or change the text direction by their code points. */
export const escapeControls = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
