import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPending, writePending } from '../../../src/host/state/pending-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portfwd-pending-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (): string => join(directory, 'window.json');

/** As portfwd wrote it before the fields were renamed. The reverter's script looks for `"id":"…"` too. */
const WRITTEN =
  '{"version":1,"file":"/etc/portfwd.yaml","command":"apply","user":"root","forwards":1,' +
  '"now":{"version":1,"marker":"pf_gen_2","model":"Yg=="},"before":{"version":1,"marker":"pf_gen_1","model":"YQ=="},' +
  '"edited":{"text":"Yg==","was":"YQ=="},"id":"1","of":"boot net:[1]","deadline":12.5,"reverter":{"kind":"process","pid":7}}\n';

test('a pending change of an earlier version is read, and keeps its keys when it is written', () => {
  writeFileSync(path(), WRITTEN);
  const pending = readPending(directory);
  expect(pending).toMatchObject({ id: '1', network: 'boot net:[1]', deadline: 12.5, now: { marker: 'pf_gen_2' } });
  if (pending !== undefined) writePending(directory, pending);
  expect(JSON.parse(readFileSync(path(), 'utf8'))).toEqual(JSON.parse(WRITTEN));
});

test.each([
  '{',
  '{}',
  WRITTEN.replace('"of"', '"off"'),
  WRITTEN.replace('"version":1,"file"', '"version":2,"file"'),
  WRITTEN.replace('/etc/', String.raw`/etc\u0000/`),
])('a file that cannot be understood is a failure: %#', (text) => {
  writeFileSync(path(), text);
  expect(() => readPending(directory)).toThrow(/is damaged|was written by a newer portfwd/);
});

test('a path with the six characters \\u0000 is not a null byte', () => {
  writeFileSync(path(), WRITTEN.replace('/etc/', String.raw`/etc\\u0000/`));
  expect(readPending(directory)).toMatchObject({ id: '1' });
});
