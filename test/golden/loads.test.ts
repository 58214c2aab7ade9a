import { readdirSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { countersText } from '../../src/counters/table.ts';

const ROOT = new URL('../../rulesets/', import.meta.url).pathname;

/** Loads files one after the other in a network namespace of their own, and lists what is there then. */
async function listAfter(...loads: readonly string[]): Promise<string> {
  const script = [...loads.map((load) => `nft ${load}`), 'nft list ruleset'].join(' && ');
  return (await execa('unshare', ['--map-root-user', '--net', 'sh', '-c', script])).stdout;
}

test.each(readdirSync(ROOT))('rulesets/%s is the same from JSON, from text, and when loaded twice', async (name) => {
  const [json, text] = [`${ROOT}${name}/ruleset.json`, `${ROOT}${name}/ruleset.nft`];
  const once = await listAfter(`-j -f ${json}`);
  expect(once).toContain('table inet portfwd');
  expect(await listAfter(`-f ${text}`)).toBe(once);
  expect(await listAfter(`-j -f ${json}`, `-j -f ${json}`)).toBe(once);
  expect(await listAfter(`-f ${text}`, `-f ${text}`)).toBe(once);
});

/** `$text` has the counters. */
async function withCounters(script: string): Promise<string> {
  const shell = `text=$(cat); ${script}; nft list ruleset`;
  const input = countersText(['192.0.2.1', '2001:db8::1']);
  return (await execa('unshare', ['--map-root-user', '--net', 'sh', '-ec', shell], { input })).stdout;
}

const LOAD = 'echo "$text" | nft -f -';

test('the counters are the same when loaded twice, and when loaded from their listing', async () => {
  const once = await withCounters(LOAD);
  expect(once).toContain('@pf_sent4 return');
  expect(once).toMatch(/add @pf_opened6 \{ .* counter \}/);
  expect(await withCounters(`${LOAD}; ${LOAD}`)).toBe(once);
  expect(await withCounters(`${LOAD}; text=$(nft list ruleset); nft flush ruleset; ${LOAD}`)).toBe(once);
});
