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

/** These need memory and time in proportion to their size only. */
test.each([
  ['too many values', `{"version":1,"forwards":[${'1,'.repeat(2_000_001)}1]}`, 'file/too-large'],
  ['too many lists', `{"version":1,"forwards":[${'[],'.repeat(2_000_001)}[]]}`, 'file/too-large'],
  ['too many lines', `version: 1\nforwards:\n${'- 80:10.0.0.2\n'.repeat(2_000_001)}`, 'file/too-large'],
  ['too many forwards', `version: 1\nforwards:\n${'- 80:10.0.0.2\n'.repeat(131_073)}`, 'model/too-large'],
  ['too many words for the YAML parser', `version: 1\nforwards: [${'&a a, '.repeat(500_000)}]`, 'file/too-large'],
  [
    'many clients',
    `version: 1\nforwards: [{listen: 80, target: 10.0.0.2, from: [${'192.0.2.1, '.repeat(300_000)}]}]`,
    'from/overlap',
  ],
  [
    'many listens',
    `{"version":1,"forwards":[{"listen":["x"${',"x"'.repeat(300_000)}],"target":"10.0.0.2"}]}`,
    'listen/port',
  ],
  [
    'many interfaces',
    `{"version":1,"forwards":[{"listen":1,"interface":["!"${',"!"'.repeat(300_000)}],"target":"10.0.0.2"}]}`,
    'forward/interface',
  ],
])('%s are refused', (_, text, code) => {
  expect([...codesOf(text)]).toContain(code);
});

test('in a large file, a finding has its place', () => {
  const items = Array.from({ length: 50_000 }, (_, at) => ({
    listen: (at % 65_535) + 1,
    target: '10.0.0.2:80',
    comment: 'x'.repeat(100),
  }));
  const json = JSON.stringify(
    { version: 1, forwards: [...items, { listen: 0, target: '10.0.0.2', foo: 1 }] },
    undefined,
    1,
  );
  expect(json.length).toBeGreaterThan(8_000_000);
  expect(parseFindings(json)).toEqual([
    '250005:14 forwards[50000].listen listen/port',
    '250007:4 forwards[50000].foo model/unknown-key',
  ]);
});

test('many unknown and many duplicate keys end, each told with its place', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1\n`).join('');
  const found = parseFindings(`version: 1\nforwards: []\n${keys}`);
  expect([found.length, found.at(-1)]).toEqual([20_000, '20002:1 k19999 model/unknown-key']);
  expect(parseFindings(`version: 1\nforwards: []\n${'version: 1\n'.repeat(20_000)}`)).toHaveLength(20_000);
});

test('of a file that is not YAML, the first errors are reported and not thousands', () => {
  expect(parseText(repeated('"a" ', 60_000)).findings).toHaveLength(20);
});

test('a message shows the beginning of a long value', () => {
  const { findings } = parseText(`version: 1\nforwards:\n- "${repeated('a')}"\n`);
  expect(findings[0]?.message.length).toBeLessThan(200);
});
