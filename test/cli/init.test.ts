import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fileSchema } from '../../src/parse/json-schema/json-schema.ts';
import { firstFile } from '../../src/parse/help/first-file.ts';
import { added } from '../support/edit.ts';
import { schemaAccepts, schemaErrors } from '../support/file-schema.ts';
import { modelOf, parseFindings } from '../support/model.ts';
import { BUILT, directoryWith, portfwd, runIn } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({});
afterAll(remove);

const init = async (file: string) => portfwd(cwd, ['init', '--config', file]);

test('init makes the directory and the file, and says the next step; check finds nothing wrong', async () => {
  const file = 'new/directory/it is.yaml';
  const { exitCode, stdout, stderr } = await init(file);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(
    `wrote ${file}\nnext: portfwd add 6000 192.168.0.2:5000 --config 'new/directory/it is.yaml', or portfwd edit --config 'new/directory/it is.yaml'\n`,
  );
  expect(statSync(join(cwd, file)).mode & 0o777).toBe(0o644);
  expect(statSync(join(cwd, 'new')).mode & 0o777).toBe(0o755 & ~process.umask());
  const schema = /^# yaml-language-server: \$schema=(.*)$/m.exec(readFileSync(join(cwd, file), 'utf8'))?.[1] ?? '';
  expect(JSON.parse(readFileSync(schema, 'utf8'))).toEqual(fileSchema());
  expect(await portfwd(cwd, ['check', file])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse((await portfwd(cwd, ['schema'])).stdout)).toEqual(fileSchema());
});

test('init writes the file that the environment names, and needs no state directory', async () => {
  const env = { PORTFWD_CONFIG: 'usual.yaml', PORTFWD_STATE_DIR: '/dev/null' };
  expect(await portfwd(cwd, ['init'], env)).toMatchObject({
    exitCode: 0,
    stdout: 'wrote usual.yaml\nnext: portfwd add 6000 192.168.0.2:5000, or portfwd edit\n',
  });
});

test('without a schema beside the program, init writes it beside the file', async () => {
  mkdirSync(join(cwd, 'alone'));
  for (const name of ['portfwd.js', 'main.js', 'package.json'])
    copyFileSync(BUILT.replace('portfwd.js', name), join(cwd, 'alone', name));
  const args = [join(cwd, 'alone/portfwd.js'), 'init', '--config', 'etc/forwards.yaml'];
  expect((await runIn(cwd, process.execPath, args)).stdout).toContain('wrote etc/portfwd.schema.json\n');
  expect(readFileSync(join(cwd, 'etc/forwards.yaml'), 'utf8')).toMatch(
    /^# yaml-language-server: \$schema=portfwd.schema.json\n/,
  );
  const schema = join(cwd, 'etc/portfwd.schema.json');
  expect(JSON.parse(readFileSync(schema, 'utf8'))).toEqual(fileSchema());
  writeFileSync(schema, 'mine');
  const { exitCode, stdout } = await runIn(cwd, process.execPath, [...args.slice(0, -1), 'etc/other.yaml']);
  expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining('schema') });
  expect(readFileSync(schema, 'utf8')).toBe('mine');
});

test.each([
  ['a file', (path: string) => writeFileSync(path, 'mine')],
  ['an empty file', (path: string) => writeFileSync(path, '')],
  ['a link without a target', (path: string) => symlinkSync('nowhere', path)],
  ['a directory', (path: string) => mkdirSync(path)],
])('init does not touch %s', async (kind, make) => {
  const path = join(cwd, kind);
  make(path);
  const { exitCode, stdout, stderr } = await init(path);
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  expect(stderr).toBe(
    `portfwd: error: ${path} exists already; change it with portfwd edit, or name another file with --config [config-unwritable]\n`,
  );
  expect(existsSync(join(cwd, 'nowhere'))).toBe(false);
  if (kind === 'a file') expect(readFileSync(path, 'utf8')).toBe('mine');
});

test('of several at the same time, one writes the file', async () => {
  const runs = await Promise.all(Array.from({ length: 4 }, async () => init('race.yaml')));
  expect(runs.map(({ exitCode }) => exitCode).sort((a, b) => Number(a) - Number(b))).toEqual([0, 3, 3, 3]);
  expect(readFileSync(join(cwd, 'race.yaml'), 'utf8')).toContain('version: 1');
});

test('everything that is commented out in the file is good, too, and add keeps the comments', () => {
  const text = firstFile('portfwd.schema.json');
  expect(modelOf(text).forwards.map(({ enabled }) => enabled)).toEqual([false]);
  const all = text.replaceAll(/^( *)# (?=- |forwarding:|  [a-z]+: )/gm, '$1');
  expect(parseFindings(all)).toEqual([]);
  expect(modelOf(all).forwards).toHaveLength(5);
  expect(schemaAccepts(parse(all)), schemaErrors()).toBe(true);
  const more = added(text, '6001:192.168.0.2:5000');
  for (const line of text.trimEnd().split('\n')) expect(more).toContain(line);
  expect(modelOf(more).forwards).toHaveLength(2);
});
