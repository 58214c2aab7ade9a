import { readdirSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';

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
