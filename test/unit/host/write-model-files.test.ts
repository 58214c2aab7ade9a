import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareModelFiles } from '../../../src/host/files/write-model-files.ts';
import { packParts } from '../../../src/parts/parts.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portfwd-files-'));
  file = join(directory, 'portfwd.yaml');
  mkdirSync(join(directory, 'portfwd.d'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const part = (name: string): string => join(directory, 'portfwd.d', name);

const model = (main: string, parts: Readonly<Record<string, string>>): Uint8Array =>
  packParts(
    Buffer.from(main),
    Object.entries(parts).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
  );

const OLD = { '10-a.yaml': 'a\n', '20-b.yaml': 'b\n', '40-d.yaml': 'd\n' };
const was = model('main\n', OLD);
const text = model('other main\n', { '10-a.yaml': 'other a\n', '30-c.yaml': 'c\n', '40-d.yaml': 'other d\n' });

function writeOld(): void {
  writeFileSync(file, 'main\n');
  for (const [name, content] of Object.entries(OLD)) writeFileSync(part(name), content);
  chmodSync(part('10-a.yaml'), 0o640);
}

/** The files, hidden ones too, with the numbers by which the file system knows them. */
const found = (): Record<string, string> =>
  Object.fromEntries(
    [file, ...readdirSync(join(directory, 'portfwd.d')).map(part)].map((path) => {
      const { ino, mode } = statSync(path);
      return [path, `${readFileSync(path, 'utf8')}${ino} ${mode.toString(8)}`];
    }),
  );

const contents = (): string[] => [
  readFileSync(file, 'utf8'),
  ...readdirSync(join(directory, 'portfwd.d')).map((name) => `${name}: ${readFileSync(part(name), 'utf8')}`),
];

test('several files are replaced, and nothing else is left', async () => {
  writeOld();
  const prepared = await prepareModelFiles(file, { text, was });
  prepared.commit();
  prepared.discard();
  expect(contents()).toEqual(['other main\n', '10-a.yaml: other a\n', '30-c.yaml: c\n', '40-d.yaml: other d\n']);
  expect(statSync(part('10-a.yaml')).mode & 0o777).toBe(0o640);
  expect(readdirSync(directory)).toEqual(['portfwd.d', 'portfwd.yaml']);
});

test('every file that is to be kept is kept', async () => {
  writeOld();
  const keep = ['20-b.yaml', '40-d.yaml'].map((name) => ({ path: part(name), keep: part(`${name}.kept`) }));
  (await prepareModelFiles(file, { text, was, keep })).commit();
  expect(contents()).toEqual([
    'other main\n',
    '10-a.yaml: other a\n',
    '20-b.yaml.kept: b\n',
    '30-c.yaml: c\n',
    '40-d.yaml: other d\n',
    '40-d.yaml.kept: d\n',
  ]);
});

test('if the last file cannot be replaced, the others are the same files as before', async () => {
  writeOld();
  const before = found();
  const keep = [{ path: part('20-b.yaml'), keep: part('20-b.yaml.kept') }];
  const prepared = await prepareModelFiles(file, { text, was, keep });
  unlinkSync(part('.40-d.yaml.new'));
  expect(() => prepared.commit()).toThrow('40-d.yaml cannot be written');
  prepared.discard();
  expect(found()).toEqual(before);
  expect(readdirSync(directory)).toEqual(['portfwd.d', 'portfwd.yaml']);
});

test('if a file cannot be kept, nothing is replaced', async () => {
  writeOld();
  writeFileSync(part('40-d.yaml.kept'), 'of another program\n');
  const before = found();
  const keep = ['20-b.yaml', '40-d.yaml'].map((name) => ({ path: part(name), keep: part(`${name}.kept`) }));
  const prepared = await prepareModelFiles(file, { text, was, keep });
  expect(() => prepared.commit()).toThrow('cannot be written');
  prepared.discard();
  expect(found()).toEqual(before);
});
