import { expect, test } from 'vitest';
import { parseFindings, parseText } from '../../support/model.ts';

const HEAD = 'version: 1\nforwards:\n';

/** What YAML allows and a model must not hold. */
test.each<[string, string, string[]]>([
  ['an unquoted [::]:443', '- listen: [::]:443\n  target: 10.0.0.2\n', ['3:15  file/syntax']],
  ['an unquoted [::]:443 in shorthand', '- [::]:443:[2001:db8::1]\n', ['3:7  file/syntax']],
  ['an unquoted *:6000', '- listen: *:6000\n  target: 10.0.0.2\n', ['3:11 forwards[0].listen file/alias']],
  ['an unquoted *:6000 in shorthand', '- *:6000:10.0.0.2\n', ['3:3 forwards[0] file/alias']],
  ['an anchor', '- &a 80:10.0.0.2\n', ['3:3 forwards[0] file/anchor']],
  ['an anchor on a mapping', '- &a\n  listen: 80\n  target: 10.0.0.2\n', ['3:3 forwards[0] file/anchor']],
  ['an anchor on a key', '- &a listen: 80\n  target: 10.0.0.2\n', ['3:3 forwards[0].listen file/anchor']],
  ['an anchor on nothing', '- &a\n- 80:10.0.0.2\n', ['3:3 forwards[0] file/anchor', '3:5 forwards[0] model/type']],
  [
    'an anchor before a tag, and one behind',
    '- &a&b !x 80:10.0.0.2\n- !!str &c 81:10.0.0.2\n',
    [
      '3:3 forwards[0] file/anchor',
      '3:8 forwards[0] file/tag',
      '4:3 forwards[1] file/tag',
      '4:9 forwards[1] file/anchor',
    ],
  ],
  ['an alias', '- &a 80:10.0.0.2\n- *a\n', ['3:3 forwards[0] file/anchor', '4:3 forwards[1] file/alias']],
  [
    'a merge key',
    '- &a {listen: 80, target: 10.0.0.2}\n- <<: *a\n  listen: 81\n  target: 10.0.0.2\n',
    ['3:3 forwards[0] file/anchor', '4:7 forwards[1].<< file/alias'],
  ],
  [
    'an alias as key',
    '- &a 80:10.0.0.2\n- {*a : 80, listen: 81, target: 10.0.0.2}\n',
    ['3:3 forwards[0] file/anchor', '4:4 forwards[1]["*a"] file/alias'],
  ],
  [
    'a cycle',
    '- &a [*a]\n',
    ['3:3 forwards[0] file/anchor', '3:6 forwards[0] model/type', '3:7 forwards[0][0] file/alias'],
  ],
  [
    'a tag of YAML',
    '- listen: !!int 80\n  target: !!str 10.0.0.2\n',
    ['3:11 forwards[0].listen file/tag', '4:11 forwards[0].target file/tag'],
  ],
  ['a tag on a mapping', '- !!map {listen: 80, target: 10.0.0.2}\n', ['3:3 forwards[0] file/tag']],
  ['a tag on a list', '- {listen: !!seq [80], target: 10.0.0.2}\n', ['3:12 forwards[0].listen file/tag']],
  ['a tag on a key', '- {!!str listen: 80, target: 10.0.0.2}\n', ['3:4 forwards[0].listen file/tag']],
  ['a local tag', '- !x 80:10.0.0.2\n', ['3:3 forwards[0] file/tag']],
  ['a bare tag', '- ! 80:10.0.0.2\n', ['3:3 forwards[0] file/tag']],
  ['a tag with an unknown handle', '- !e!x 80:10.0.0.2\n', ['3:3  file/tag']],
  [
    'bytes',
    '- {listen: !!binary aaaa, target: 10.0.0.2}\n',
    ['3:12 forwards[0].listen file/tag', '3:21 forwards[0].listen listen/port'],
  ],
  ['a tab as indentation', '\t- 80:10.0.0.2\n', ['3:1  file/syntax']],
  ['a second document', '- 80:10.0.0.2\n---\nversion: 1\n', ['4:1  file/syntax']],
  ['a second document that is empty', '- 80:10.0.0.2\n---\n', ['4:1  file/syntax']],
  ['a string without an end', '- "80:10.0.0.2\n', ['4:1  file/syntax']],
])('%s', (_, rest, expected) => {
  expect(parseFindings(HEAD + rest)).toEqual(expected);
});

test.each([
  ['%YAML 1.1', '1:1'],
  ['%YAML 1.3', '1:1'],
  ['%TAG ! tag:example.org,2000:', '1:1'],
  ['%FOO bar', '1:1'],
  ['# first\n%YAML 1.1', '2:1'],
])('the directive %s', (directive, at) => {
  expect(parseFindings(`${directive}\n---\n${HEAD}- 80:10.0.0.2\n`)).toEqual([`${at}  file/directive`]);
});

test('the billion laughs expand to nothing', () => {
  const laughs = Array.from(
    { length: 30 },
    (_, index) => `a${index + 1}: &a${index + 1} [${'*a'.concat(`${index}, `).repeat(10)}]`,
  );
  const text = `version: 1\nforwards: []\na0: &a0 lol\n${laughs.join('\n')}\n`;
  const found = parseFindings(text);
  expect(found.filter((line) => line.endsWith('file/alias'))).toHaveLength(300);
  expect(found.filter((line) => line.endsWith('file/anchor'))).toHaveLength(31);
});

test('an anchor at the very beginning', () => {
  expect(parseFindings(`&a ${HEAD}- 80:10.0.0.2\n`)).toEqual(['1:1 version file/anchor']);
});

test('an unquoted * is told to be quoted', () => {
  const [finding] = parseText(`${HEAD}- listen: *:6000\n  target: 10.0.0.2\n`).findings;
  expect(finding?.remedy).toContain('"*:6000" in quotes');
});
