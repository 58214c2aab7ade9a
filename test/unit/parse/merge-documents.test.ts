import { expect, test } from 'vitest';
import { parseBytes } from '../../../src/apply/read/read-model.ts';
import { check } from '../../../src/check/check.ts';
import { changedParts, packParts, partNamed, partsDirectory, unpackParts, withPart } from '../../../src/parts/parts.ts';
import { findingJson } from '../../../src/report/findings.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (some: Uint8Array | undefined): string => new TextDecoder().decode(some);

const MAIN = 'version: 1\nmss: clamp\nforwards:\n  - "1:10.0.0.2"\n  - "2:10.0.0.2"\n';
const part = (name: string, content: string) => ({ name, bytes: bytes(content) });
const one = (item: string): string => `version: 1\nforwards:\n- ${item}\n`;

test('files are packed and unpacked byte by byte', () => {
  const parts = [part('a.yaml', 'ä\n'), part('b.json', ''), part('c.yaml', '#portfwd-files [["",3]]\nabc')];
  const packed = packParts(bytes(MAIN), parts);
  expect(unpackParts(packed).map(({ name, bytes: own }) => [name, text(own)])).toEqual(
    [part('', MAIN), ...parts].map(({ name, bytes: own }) => [name, text(own)]),
  );
  expect(packParts(bytes(MAIN), [])).toEqual(bytes(MAIN));
  const odd = packParts(bytes('#portfwd-files [["",3]]\nabc'), []);
  expect(unpackParts(odd).map(({ bytes: own }) => text(own))).toEqual(['#portfwd-files [["",3]]\nabc']);
});

test('one file of them changes', () => {
  const packed = packParts(bytes(MAIN), [part('b.yaml', 'b')]);
  const after = withPart(withPart(packed, part('b.yaml', 'c')), part('a.yaml', 'a'));
  expect(unpackParts(after).map(({ name, bytes: own }) => [name, text(own)])).toEqual([
    ['', MAIN],
    ['a.yaml', 'a'],
    ['b.yaml', 'c'],
  ]);
  const changes = changedParts('/x/portfwd.yaml', after, packed).map(({ path, text: now, was }) => [
    path,
    now && text(now),
    was && text(was),
  ]);
  expect(changes).toEqual([
    ['/x/portfwd.d/a.yaml', 'a', undefined],
    ['/x/portfwd.d/b.yaml', 'c', 'b'],
  ]);
  expect(changedParts('/x/portfwd.yaml', bytes(MAIN), packed).map(({ path, text: now }) => [path, now])).toEqual([
    ['/x/portfwd.d/b.yaml', undefined],
  ]);
});

test.each([
  ['a.yaml', 'a.yaml'],
  ['/x/portfwd.d/a.json', 'a.json'],
  ['/x/portfwd.yaml', ''],
  ['portfwd.yaml', ''],
  ['/y/a.yaml', undefined],
  ['../a.yaml', undefined],
  ['.a.yaml', undefined],
  ['a', undefined],
])('%s is the file %s', (typed, name) => {
  expect(partNamed('/x/portfwd.yaml', typed)).toBe(name);
});

test.each([
  ['/etc/portfwd/portfwd.yaml', '/etc/portfwd/portfwd.d'],
  ['gateway.json', 'gateway.d'],
  ['forwards', 'forwards.d'],
])('the files beside %s are in %s', (file, directory) => {
  expect(partsDirectory(file)).toBe(directory);
});

async function findings(main: string, ...parts: readonly ReturnType<typeof part>[]): Promise<string[]> {
  const { model, findings: found, locate } = await parseBytes(packParts(bytes(main), parts));
  const all = [...found, ...(model === undefined ? [] : check(model))];
  return all
    .map((finding) => findingJson(finding, 'm.yaml', locate))
    .filter(({ severity }) => severity === 'error')
    .map(
      ({ file, line, column, path, code, related }) =>
        `${file}:${line}:${column} ${path} ${code}${related.map((other) => ` ${other.file}:${other.line} ${other.path}`).join('')}`,
    );
}

test.each<[string, string, readonly ReturnType<typeof part>[], readonly string[]]>([
  ['good files', MAIN, [part('a.yaml', one('"3:10.0.0.2"'))], []],
  ['a main file with settings only', 'version: 1\n', [part('a.yaml', one('"3:10.0.0.2"'))], []],
  [
    'an overlap',
    MAIN,
    [part('a.yaml', one('"2:10.0.0.3"'))],
    ['m.d/a.yaml:3:3 forwards[0].listen listen/overlap m.yaml:5 forwards[1].listen'],
  ],
  [
    'an error in the second file',
    MAIN,
    [part('a.yaml', one('"3:10.0.0.2"')), part('b.yaml', one('{listen: x, target: 10.0.0.2}'))],
    ['m.d/b.yaml:3:12 forwards[0].listen listen/port'],
  ],
  [
    'an error in the main file',
    MAIN.replace('"2:', '"x:'),
    [part('a.yaml', one('"3:10.0.0.2"'))],
    ['m.yaml:5:5 forwards[1] forward/shorthand'],
  ],
  ['a setting', MAIN, [part('a.yaml', `mss: keep\n${one('"3:10.0.0.2"')}`)], ['m.d/a.yaml:1:1 mss model/unknown-key']],
  ['no version', MAIN, [part('a.yaml', 'forwards: []\n')], []],
  ['another version', MAIN, [part('a.yaml', 'version: 2\nforwards: []\n')], ['m.d/a.yaml:1:10 version model/value']],
  ['text', MAIN, [part('a.yaml', 'abc\n')], ['m.d/a.yaml:1:1  model/type']],
  ['nothing', MAIN, [part('a.yaml', '')], ['m.d/a.yaml:1:1  model/type']],
  [
    'no YAML',
    MAIN,
    [part('a.yaml', 'version: [')],
    [expect.stringMatching(/^m\.d\/a\.yaml:1:\d+ {2}file\/syntax/) as string],
  ],
])('%s', async (_, main, parts, expected) => {
  expect(await findings(main, ...parts)).toEqual(expected);
});

test('the settings of the main file hold for all', async () => {
  const { model } = await parseBytes(packParts(bytes(MAIN), [part('a.yaml', one('"3:10.0.0.2"'))]));
  expect(model?.forwards.map(({ name, mss }) => `${name} ${mss}`)).toEqual([
    'tcp-1 clamp',
    'tcp-2 clamp',
    'tcp-3 clamp',
  ]);
});
