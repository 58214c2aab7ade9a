import { readdirSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { countersText } from '../../src/counters/table.ts';
import { modelOf } from '../support/model.ts';

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
async function withCounters(script: string, listens: string): Promise<string> {
  const { forwards } = modelOf(`{ version: 1, forwards: [${listens}] }`);
  const shell = `text=$(cat); ${script}; nft list ruleset`;
  const input = countersText(forwards, ['192.0.2.1', '2001:db8::1']);
  return (await execa('unshare', ['--map-root-user', '--net', 'sh', '-ec', shell], { input })).stdout;
}

const LOAD = 'echo "$text" | nft -f -';

const ON_TWO_INTERFACES = `{ name: out, listen: 6000, interface: eth0, target: "10.0.0.2:5000" },
  { name: in, listen: 6000, interface: eth1, target: "10.0.0.3:5000" }`;

test.each([
  ['', 'pf_sent4', 'pf_first6'],
  [ON_TWO_INTERFACES, 'pf_sent_target4', 'pf_first_target6'],
])(
  'the counters are the same when loaded twice, and when loaded from their listing: %s',
  async (listens, sent, first) => {
    const once = await withCounters(LOAD, listens);
    expect(once).toContain(`@${sent} return`);
    expect(once).toMatch(new RegExp(`add @${first} \\{ .* counter \\}`));
    expect(await withCounters(`${LOAD}; ${LOAD}`, listens)).toBe(once);
    expect(await withCounters(`${LOAD}; text=$(nft list ruleset); nft flush ruleset; ${LOAD}`, listens)).toBe(once);
  },
);
