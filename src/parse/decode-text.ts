import type { Finding } from '../finding/finding.ts';

/** In bytes: enough for 131 072 forwards in full. */
export const MAX_BYTES = 67_108_864;

/** Levels of nested collections. A model needs four. */
export const MAX_DEPTH = 20;

/** Control characters except tab, line feed and carriage return. UTF-8 cannot contain lone surrogates. */
// oxlint-disable-next-line no-control-regex -- finding them is the point
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Decodes strict UTF-8 of limited size, without a byte order mark. With a finding, `text` is the valid part. */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly finding?: Finding } {
  if (bytes.length > MAX_BYTES) return { text: '', finding: tooLarge };
  const text = decode(bytes, false);
  if (text === undefined) return notUtf8(bytes);
  const control = CONTROL.exec(text);
  return control === null ? { text } : { text, finding: controlCharacter(text, control.index) };
}

/** Undefined if it is not UTF-8. The beginning of a text may end in the middle of a character. */
function decode(bytes: Uint8Array, isBeginning: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isBeginning });
  } catch {
    return undefined;
  }
}

const tooLarge: Finding = {
  code: 'file/too-large',
  message: 'the file is larger than 64 MiB',
  remedy: 'write ranges (27000-27100) instead of one forward for each port, and prefixes instead of single clients',
  path: [],
};

function notUtf8(bytes: Uint8Array): { text: string; finding: Finding } {
  const text = longestBeginning(bytes);
  const message =
    bytes[0] === 0xff || bytes[0] === 0xfe
      ? 'the file is UTF-16, not UTF-8'
      : 'the file is not UTF-8 text from here on';
  return {
    text,
    finding: { code: 'file/encoding', message, remedy: 'save it as UTF-8', path: [], offset: text.length },
  };
}

/** The text before the first invalid byte, found by binary search. */
function longestBeginning(bytes: Uint8Array): string {
  let [valid, invalid] = [0, bytes.length + 1];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (decode(bytes.subarray(0, middle), true) === undefined) invalid = middle;
    else valid = middle;
  }
  return decode(bytes.subarray(0, valid), true) ?? '';
}

const controlCharacter = (text: string, offset: number): Finding => ({
  code: 'file/encoding',
  message: `the file contains the control character U+${text.charCodeAt(offset).toString(16).padStart(4, '0').toUpperCase()}`,
  remedy: 'remove it and save the file as UTF-8',
  path: [],
  offset,
});
