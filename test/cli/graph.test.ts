import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { directoryWith, portfwd } from '../support/portfwd.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

const forwards = (count: number): string =>
  `version: 1\nforwards:\n${Array.from({ length: count }, (_, at) => `  - "${at + 1000}:10.0.0.2:80"\n`).join('')}`;

const { path: cwd, remove } = directoryWith({ '100.yaml': forwards(100), '101.yaml': forwards(101) });
afterAll(remove);

test('scripts/pictures.mjs would not change the pictures in the documents', () => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/pictures.mjs'), cwd]);
  for (const name of ['README.md', 'docs/graph.md', 'docs/graph.svg'])
    expect(readFileSync(join(cwd, name), 'utf8'), name).toBe(readFileSync(join(ROOT, name), 'utf8'));
});

test('too many forwards for a picture are refused, but each can be drawn', async () => {
  expect((await portfwd(cwd, ['graph', '--config', '100.yaml'])).exitCode).toBe(0);
  const { exitCode, stdout, stderr } = await portfwd(cwd, ['graph', '--config', '101.yaml']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('portfwd graph tcp-1000 [many-forwards]');
  const one = await portfwd(cwd, ['graph', 'tcp-1000', '--config', '101.yaml']);
  expect(one.stdout).toContain('["tcp-1000<br/>tcp 1000"]:::forward');
});

test('a word that names no forward is refused', async () => {
  const { exitCode, stderr } = await portfwd(cwd, ['graph', 'web', '--config', '100.yaml']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('[no-forward]');
});
