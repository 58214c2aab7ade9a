import { expect, test } from 'vitest';
import { MAX_DEPTH } from '../../../src/parse/decode-text.ts';
import { parseFindings, parseText } from '../../support/model.ts';

const codesOf = (text: string): ReadonlySet<string> => new Set(parseText(text).findings.map(({ code }) => code));

const repeated = (unit: string, bytes = 250_000): string => unit.repeat(Math.floor(bytes / unit.length));

test.each(['[', '{', '- ', '? ', '[[{', '{a: ', '[a: ', '- ? ', '- - - '])('20 000 times %j is too deep', (open) => {
  expect([...codesOf(open.repeat(20_000))]).toEqual(['file/depth']);
  expect([...codesOf(`version: 1\nforwards:\n  ${open.repeat(20_000)}`)]).toEqual(['file/depth']);
});

test('the depth is told where it is reached', () => {
  const [found] = parseFindings(`version: 1\nforwards:\n- ${'['.repeat(50)}`);
  expect(found).toMatch(/^3:\d+ {2}file\/depth$/);
});

test('20 lists in each other are read, and many next to each other', () => {
  const nested = `${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`;
  expect([...codesOf(nested)]).toEqual(['model/type']);
  expect([...codesOf(`version: 1\nforwards: [${'[], '.repeat(1000)}]`)]).toEqual(['model/type']);
});

/** Each took minutes, or more memory than there is, before it was bounded; the time limit of a test tells. */
test.each([
  ['brackets in shorthand', `version: 1\nforwards:\n- "${repeated('[')}"\n`, 'forward/shorthand'],
  [
    'brackets in a listen',
    `version: 1\nforwards:\n- {target: 10.0.0.2, listen: "${repeated('[')}"}\n`,
    'listen/syntax',
  ],
  ['zeros in an address', `version: 1\nforwards:\n- {listen: 80, target: "${repeated('0')}"}\n`, 'target/address'],
  ['zeros in a port', `version: 1\nforwards:\n- {listen: "${repeated('0')}x", target: 10.0.0.2}\n`, 'listen/port'],
  ['spaces in a port', `version: 1\nforwards:\n- {listen: "${repeated(' ')}x", target: 10.0.0.2}\n`, 'listen/port'],
  ['hyphens in a port', `version: 1\nforwards:\n- {listen: "${repeated('-')}", target: 10.0.0.2}\n`, 'listen/port'],
  ['closing brackets', repeated(']', 1_000_000), 'file/syntax'],
  ['closing braces', `version: 1\nforwards: [${repeated('}')}`, 'file/syntax'],
  ['directives', repeated('%a\n'), 'file/directive'],
  ['documents', repeated('---\n'), 'file/syntax'],
])('%s end', (_, text, code) => {
  expect([...codesOf(text)]).toContain(code);
});

test('many unknown and many duplicate keys end, each told with its place', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1\n`).join('');
  const found = parseFindings(`version: 1\nforwards: []\n${keys}`);
  expect([found.length, found.at(-1)]).toEqual([20_000, '20002:1 k19999 model/unknown-key']);
  expect(parseFindings(`version: 1\nforwards: []\n${'version: 1\n'.repeat(20_000)}`)).toHaveLength(20_000);
});

test('of a file that is not YAML, the first errors are reported and not a million', () => {
  expect(parseText(repeated('"a" ')).findings).toHaveLength(20);
});

test('a message shows the beginning of a long value', () => {
  const { findings } = parseText(`version: 1\nforwards:\n- "${repeated('a')}"\n`);
  expect(findings[0]?.message.length).toBeLessThan(200);
});
