import type { Finding } from '../finding/finding.ts';
import { MAX_BYTES } from './limits.ts';

/** Control characters other than tab, line feed and carriage return; lone surrogates cannot come out of UTF-8. */
// oxlint-disable-next-line no-control-regex -- finding them is the point
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Strict UTF-8 of bounded size, a leading byte order mark removed. */
export function decodeText(bytes: Uint8Array): { readonly text?: string; readonly findings: readonly Finding[] } {
  if (bytes.length > MAX_BYTES) return { findings: [tooLarge] };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { findings: [notUtf8(bytes)] };
  }
  const control = CONTROL.exec(text);
  return control === null ? { text, findings: [] } : { findings: [controlCharacter(text, control.index)] };
}

const tooLarge: Finding = {
  code: 'file/too-large',
  message: `the file is larger than ${MAX_BYTES} bytes`,
  remedy: 'write ranges (27000-27100) instead of one forward for each port',
  path: [],
};

const notUtf8 = (bytes: Uint8Array): Finding => ({
  code: 'file/encoding',
  message: bytes[0] === 0xff || bytes[0] === 0xfe ? 'the file is UTF-16, not UTF-8' : 'the file is not UTF-8 text',
  remedy: 'save it as UTF-8',
  path: [],
});

const controlCharacter = (text: string, offset: number): Finding => ({
  code: 'file/encoding',
  message: `the file holds the control character U+${text.charCodeAt(offset).toString(16).padStart(4, '0').toUpperCase()}`,
  remedy: 'remove it',
  path: [],
});
