import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisNetwork } from '../../../src/host/state/network.ts';
import { forgetApplied, readApplied, writeApplied } from '../../../src/host/state/applied.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portfwd-applied-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const APPLIED = {
  marker: 'pf_gen_1',
  model: new Uint8Array([0xef, 0xbb, 0xbf, 0, 255, 10]),
  enableForwarding: true,
};

test('what is written is read, byte by byte', () => {
  writeApplied(directory, { marker: 'pf_gen_0', model: new Uint8Array(), enableForwarding: false });
  writeApplied(directory, APPLIED);
  expect(readApplied(directory)).toEqual({ ...APPLIED, network: thisNetwork() });
  expect(readdirSync(directory)).toEqual(['applied.json']);
  expect(statSync(join(directory, 'applied.json')).mode & 0o777).toBe(0o600);
});

test('nothing is read where nothing is, nor after it is forgotten', () => {
  expect(readApplied(join(directory, 'missing'))).toBeUndefined();
  writeApplied(directory, APPLIED);
  forgetApplied(directory);
  forgetApplied(directory);
  expect(readApplied(directory)).toBeUndefined();
});

test.each(['', '{', 'null', '[]', '{"version":2,"marker":"a","model":""}', '{"version":1,"marker":1,"model":""}'])(
  'what cannot be used is not read: %s',
  (text) => {
    writeFileSync(join(directory, 'applied.json'), text);
    expect(readApplied(directory)).toBeUndefined();
  },
);

test('a record of another network namespace is not read, nor forgotten; one of an older portfwd does not name any', () => {
  const record = { version: 1, marker: 'pf_gen_1', model: '' };
  const file = join(directory, 'applied.json');
  const [boot] = thisNetwork().split(' ');
  for (const network of [`${boot} net:[1]`, thisNetwork().replace(/^./, 'x')]) {
    writeFileSync(file, JSON.stringify({ ...record, network }));
    expect(readApplied(directory)).toBeUndefined();
    forgetApplied(directory);
    expect(readdirSync(directory)).toEqual(['applied.json']);
  }
  writeFileSync(file, JSON.stringify(record));
  expect(readApplied(directory)).toMatchObject({ marker: 'pf_gen_1', network: undefined });
});

test('a planted link is neither followed nor written through', () => {
  const victim = join(directory, 'victim');
  writeFileSync(victim, '{"version":1,"marker":"planted","model":""}');
  symlinkSync(victim, join(directory, 'applied.json'));
  expect(readApplied(directory)).toBeUndefined();
  writeApplied(directory, APPLIED);
  expect(readApplied(directory)).toEqual({ ...APPLIED, network: thisNetwork() });
  expect(statSync(victim).size).toBe(43);
});
