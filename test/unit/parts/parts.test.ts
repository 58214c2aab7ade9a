import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readModelFiles } from '../../../src/host/files/read-model-files.ts';
import { packParts, unpackParts, type Part } from '../../../src/parts/parts.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = ({ name, bytes: content }: Part): readonly [string, string] => [name, Buffer.from(content).toString()];
const unpacked = (packed: Uint8Array): unknown => unpackParts(packed).map(textOf);

const PARTS = [
  { name: 'a.yaml', bytes: bytes('forwards: []\n') },
  { name: 'b.json', bytes: bytes('') },
];
const MARKED = [
  '#portfwd-files x\nversion: 1\n',
  '#portfwd-files [["",0]]',
  '#portfwd-files [["",3]]\nab',
  '#portfwd-files [["",-1],["a.yaml",4]]\nabc',
  '#portfwd-files [["",1],["../a.yaml",1]]\nab',
  '#portfwd-files [["a.yaml",1]]\na',
  '#portfwd-files []\n',
  '#portfwd-files {"a":1}\n',
];

test('several files come back as they were', () => {
  expect(unpacked(packParts(bytes('main'), PARTS))).toEqual([
    ['', 'main'],
    ['a.yaml', 'forwards: []\n'],
    ['b.json', ''],
  ]);
});

test.each(['', 'version: 1\n', ...MARKED])('a main file alone stays as it is: %j', (text) => {
  expect(packParts(bytes(text), [])).toEqual(bytes(text));
  expect(unpacked(bytes(text))).toEqual([['', text]]);
});

test('a main file that is itself several files in one comes back as it was', () => {
  const main = packParts(bytes('main'), PARTS);
  expect(unpacked(packParts(main, []))).toEqual([['', Buffer.from(main).toString()]]);
});

const NAMES = ['20.yml', '9.yaml', 'b.json', '10.yaml', 'Z.yaml', 'a.yaml', '3.yaml', '100.yaml', 'a-1.yaml', 'c.yaml'];
const OTHERS = ['10.yaml~', '10.yaml.dpkg-old', '.hidden.yaml', 'README'];

test('files of YAML and JSON are read, in the order of the characters of their names', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-parts-'));
  try {
    mkdirSync(join(directory, 'portfwd.d'));
    for (const name of [...NAMES, ...OTHERS]) writeFileSync(join(directory, 'portfwd.d', name), name);
    const main = join(directory, 'portfwd.yaml');
    writeFileSync(main, 'main');
    const sorted = [
      '10.yaml',
      '100.yaml',
      '20.yml',
      '3.yaml',
      '9.yaml',
      'Z.yaml',
      'a-1.yaml',
      'a.yaml',
      'b.json',
      'c.yaml',
    ];
    expect(unpacked(readModelFiles(main))).toEqual([['', 'main'], ...sorted.map((name) => [name, name])]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
