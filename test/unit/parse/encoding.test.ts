import { expect, test } from 'vitest';
import { MAX_BYTES } from '../../../src/parse/decode-text.ts';
import { modelOf, parseFindings, parseText } from '../../support/model.ts';

const HEAD = 'version: 1\nforwards:\n';
const GOOD = `${HEAD}- 80:10.0.0.2\n`;

test.each([
  ['NUL', '\u0000', 'U+0000'],
  ['escape', '\u001b[31m', 'U+001B'],
  ['delete', '\u007f', 'U+007F'],
  ['next line', '\u0085', 'U+0085'],
  ['form feed', '\u000c', 'U+000C'],
])('the control character %s is refused where it stands, even in a comment', (_, character, name) => {
  expect(parseFindings(`${HEAD}# a${character}\n- 80:10.0.0.2\n`)).toEqual(['3:4  file/encoding']);
  expect(parseText(`${HEAD}# a${character}\n`).findings[0]?.message).toContain(name);
});

test.each([
  ['a byte of Latin-1', [0xe9]],
  ['a sequence cut short', [0xc3, 0x28]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a lone continuation', [0x80]],
  ['the end of the file inside a character', [0xe2, 0x82]],
])('%s is refused where it stands', (_, bytes) => {
  const text = Buffer.concat([Buffer.from(`${HEAD}# ü€😀 `), Buffer.from(bytes)]);
  expect(parseFindings(text)).toEqual(['3:8  file/encoding']);
});

test.each([
  ['little endian', Buffer.from(`\ufeff${GOOD}`, 'utf16le')],
  ['big endian', Buffer.from(`\ufeff${GOOD}`, 'utf16le').swap16()],
])('UTF-16, %s, is refused', (_, bytes) => {
  expect(parseFindings(bytes)).toEqual(['1:1  file/encoding']);
});

test('UTF-16 without a byte order mark is refused', () => {
  expect(parseFindings(Buffer.from(GOOD, 'utf16le'))).toEqual(['1:2  file/encoding']);
});

test('a byte order mark moves no column', () => {
  expect(parseFindings('\ufeffversoin: 1\nversion: 1\nforwards: [0:10.0.0.2]\n')).toEqual([
    '1:1 versoin model/unknown-key',
    '3:12 forwards[0].listen listen/port',
  ]);
});

test('columns count UTF-16 code units', () => {
  expect(parseFindings(`${HEAD}- {comment: "😀é", listen: 0, target: 10.0.0.2}\n`)).toEqual([
    '3:28 forwards[0].listen listen/port',
  ]);
});

test('a file of the largest size is read, one byte more is not', () => {
  const filled = `${GOOD}#${' '.repeat(MAX_BYTES - GOOD.length - 1)}`;
  expect(modelOf(filled).forwards).toHaveLength(1);
  expect(parseFindings(`${filled} `)).toEqual(['1:1  file/too-large']);
});
