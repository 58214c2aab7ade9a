import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD, portfwd, runIn } from '../support/portfwd.ts';

/** It needs the YAML library. */
const SPECIAL = GOOD.replace('version: 1', '? version\n: 1');
const { path: cwd, remove } = directoryWith({ 'good.yaml': GOOD, 'special.yaml': SPECIAL });
const dist = join(cwd, 'dist');
const compile = async (file: string) => runIn(cwd, process.execPath, [join(dist, 'portfwd.js'), 'compile', file]);
const expected = await portfwd(cwd, ['compile', 'special.yaml']);

beforeEach(() => cpSync(dirname(BUILT), dist, { recursive: true }));
afterAll(remove);

describe.each(['main', 'yaml'])('the code cache of %s.js', (name) => {
  const cache = join(dist, `${name}.cache`);

  test.each<[string, () => void]>([
    ['is missing', () => rmSync(cache)],
    ['is empty', () => writeFileSync(cache, '')],
    ['is cut short', () => writeFileSync(cache, readFileSync(cache).subarray(0, 10_000))],
    ['is not a cache', () => writeFileSync(cache, 'nonsense')],
    ['belongs to another script', () => writeFileSync(cache, readFileSync(cache).fill('0', 0, 64))],
  ])('%s: everything works without it', async (_, change) => {
    change();
    expect(await compile('special.yaml')).toEqual(expected);
  });
});

test('the code cache is not used with a main.js that was changed', async () => {
  const main = join(dist, 'main.js');
  const changed = readFileSync(main, 'latin1').replace('compiled without host facts', 'COMPILED WITHOUT HOST FACTS');
  writeFileSync(main, changed.replace(/[0-9a-f]{64}$/, '0'.repeat(64)));
  expect((await compile('good.yaml')).stderr).toContain('COMPILED WITHOUT HOST FACTS');
});

test.each(['main', 'yaml'])('this Node uses its code cache of %s.js', async (name) => {
  // That of another version is rejected.
  rmSync(join(dist, `${name}.cache`));
  await runIn(cwd, process.execPath, [join(dist, 'code-cache.js')]);
  const text = readFileSync(join(dist, `${name}.js`), 'latin1');
  const cachedData = readFileSync(join(dist, `${name}.cache`)).subarray(64);
  expect(new Script(Module.wrap(text), { filename: `${name}.js`, cachedData }).cachedDataRejected).toBe(false);
});

test('a usual file is read without the YAML library', async () => {
  rmSync(join(dist, 'yaml.js'));
  expect(await compile('good.yaml')).toEqual(await portfwd(cwd, ['compile', 'good.yaml']));
});
