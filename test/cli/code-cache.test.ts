import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { BUILT, directoryWith, GOOD, portfwd, runIn } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({ 'good.yaml': GOOD });
const dist = join(cwd, 'dist');
const cache = join(dist, 'main.cache');
const ARGUMENTS = ['compile', 'good.yaml'];
const expected = await portfwd(cwd, ARGUMENTS);

beforeEach(() => cpSync(dirname(BUILT), dist, { recursive: true }));
afterAll(remove);

test.each<[string, () => void]>([
  ['is missing', () => rmSync(cache)],
  ['is empty', () => writeFileSync(cache, '')],
  ['is cut short', () => writeFileSync(cache, readFileSync(cache).subarray(0, 10_000))],
  ['is not a cache', () => writeFileSync(cache, 'nonsense')],
  ['belongs to another main.js', () => writeFileSync(cache, readFileSync(cache).fill('0', 0, 64))],
])('the code cache %s: everything works without it', async (_, change) => {
  change();
  expect(await runIn(cwd, process.execPath, [join(dist, 'portfwd.js'), ...ARGUMENTS])).toEqual(expected);
});

test('the code cache is not used with a main.js that was changed', async () => {
  const main = join(dist, 'main.js');
  const changed = readFileSync(main, 'latin1').replace('compiled without host facts', 'COMPILED WITHOUT HOST FACTS');
  writeFileSync(main, changed.replace(/[0-9a-f]{64}$/, '0'.repeat(64)));
  const { stderr } = await runIn(cwd, process.execPath, [join(dist, 'portfwd.js'), ...ARGUMENTS]);
  expect(stderr).toContain('COMPILED WITHOUT HOST FACTS');
});
