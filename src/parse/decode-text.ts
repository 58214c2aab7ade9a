import type { Finding } from '../finding/finding.ts';

/** Bytes. Room for 50 000 forwards in shorthand; anything larger is no list that a person keeps. */
export const MAX_BYTES = 1_048_576;

/** Collections inside each other. The model needs four. */
export const MAX_DEPTH = 20;

/** Control characters other than tab, line feed and carriage return; lone surrogates cannot come out of UTF-8. */
// oxlint-disable-next-line no-control-regex -- finding them is the point
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Strict UTF-8 of bounded size, a leading byte order mark removed; with a finding, the text that can be shown. */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly finding?: Finding } {
  if (bytes.length > MAX_BYTES) return { text: '', finding: tooLarge };
  const text = decode(bytes, false);
  if (text === undefined) return notUtf8(bytes);
  const control = CONTROL.exec(text);
  return control === null ? { text } : { text, finding: controlCharacter(text, control.index) };
}

/** Undefined when it is no UTF-8; a beginning may end inside a character. */
function decode(bytes: Uint8Array, isBeginning: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isBeginning });
  } catch {
    return undefined;
  }
}

const tooLarge: Finding = {
  code: 'file/too-large',
  message: `the file is larger than ${MAX_BYTES} bytes`,
  remedy: 'write ranges (27000-27100) instead of one forward for each port',
  path: [],
};

function notUtf8(bytes: Uint8Array): { text: string; finding: Finding } {
  const text = longestBeginning(bytes);
  const message =
    bytes[0] === 0xff || bytes[0] === 0xfe
      ? 'the file is UTF-16, not UTF-8'
      : 'from here on the file is not UTF-8 text';
  return {
    text,
    finding: { code: 'file/encoding', message, remedy: 'save it as UTF-8', path: [], offset: text.length },
  };
}

/** What comes before the first byte that is wrong, found by halving. */
function longestBeginning(bytes: Uint8Array): string {
  let [sound, broken] = [0, bytes.length + 1];
  while (broken - sound > 1) {
    const middle = (sound + broken) >> 1;
    if (decode(bytes.subarray(0, middle), true) === undefined) broken = middle;
    else sound = middle;
  }
  return decode(bytes.subarray(0, sound), true) ?? '';
}

const controlCharacter = (text: string, offset: number): Finding => ({
  code: 'file/encoding',
  message: `the file holds the control character U+${text.charCodeAt(offset).toString(16).padStart(4, '0').toUpperCase()}`,
  remedy: 'remove it, and save the file as UTF-8',
  path: [],
  offset,
});
