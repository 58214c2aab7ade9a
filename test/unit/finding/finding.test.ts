import { expect, test } from 'vitest';
import { formatPath, isError } from '../../../src/finding/finding.ts';
import { escapeControls, quote } from '../../../src/finding/quote.ts';

test.each<[(string | number)[], string]>([
  [[], ''],
  [['forwards'], 'forwards'],
  [['forwards', 1, 'listen', 0], 'forwards[1].listen[0]'],
  [['forwards', 0, '<<'], 'forwards[0].<<'],
  [['forwards', 0, '__proto__'], 'forwards[0].__proto__'],
  [['a.b', 0], '["a.b"][0]'],
  [['forwards', 0, 'a b\n'], 'forwards[0]["a b\\u000a"]'],
  [['\ud800'], '["\\ud800"]'],
  [['k'.repeat(100)], `["${'k'.repeat(60)}…"]`],
])('the path %j', (path, text) => {
  expect(formatPath(path)).toBe(text);
});

test.each<[unknown, string]>([
  ['a', '"a"'],
  [80, '80'],
  [-Infinity, '-Infinity'],
  [NaN, 'NaN'],
  [null, 'null'],
  [true, 'true'],
  [undefined, 'nothing'],
  [{ a: [1] }, '{"a":[1]}'],
  ['\u001b[31m\r\n\u0000\u009b', '"\\u001b[31m\\u000d\\u000a\\u0000\\u009b"'],
  ['\u202e\u2028\u200b', '"\\u202e\\u2028\\u200b"'],
  ['😀'.repeat(40), `"${'😀'.repeat(30)}…"`],
  ['a'.repeat(61), `"${'a'.repeat(60)}…"`],
])('%j is shown as %s', (value, shown) => {
  expect(quote(value)).toBe(shown);
});

test('text of any script goes through as it is', () => {
  expect(escapeControls('naïve 日本 😀 "x"')).toBe('naïve 日本 😀 "x"');
});

test('a note is not an error', () => {
  const finding = { message: 'm', remedy: 'r', path: [] };
  expect([
    isError({ code: 'host/facts-unknown', ...finding }),
    isError({ code: 'listen/overlap', ...finding }),
  ]).toEqual([false, true]);
});
