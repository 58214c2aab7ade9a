import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { systemHost } from '../../src/host/host.ts';

const ROOT = new URL('../../rulesets/', import.meta.url).pathname;

async function compile(directory: string, format: 'json' | 'nft'): Promise<string> {
  let [out, err] = ['', ''];
  const facts = `${directory}/host-facts.json`;
  const args = [
    'compile',
    '--format',
    format,
    `${directory}/portfwd.yaml`,
    ...(existsSync(facts) ? ['--host-facts', facts] : []),
  ];
  const runtime = {
    host: systemHost,
    env: {},
    self: [],
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  };
  const exit = await run(args, runtime, '0');
  expect({ exit, errors: err.split('\n').filter((line) => line !== '' && !line.includes(': note: ')) }).toEqual({
    exit: 0,
    errors: [],
  });
  return out;
}

/** Loads files one after the other in a network namespace of their own, and lists what is there then. */
async function listAfter(...loads: readonly string[]): Promise<string> {
  const script = [...loads.map((load) => `nft ${load}`), 'nft list ruleset'].join(' && ');
  return (await execa('unshare', ['--map-root-user', '--net', 'sh', '-c', script])).stdout;
}

describe.each(readdirSync(ROOT))('rulesets/%s', (name) => {
  const directory = `${ROOT}${name}`;
  const [json, text] = [`${directory}/ruleset.json`, `${directory}/ruleset.nft`];

  test('says in its first line what it shows', () => {
    expect(readFileSync(`${directory}/portfwd.yaml`, 'utf8')).toMatch(/^# [A-Z].{20,}\.\n/);
  });

  test('compiles to the committed JSON and text', async () => {
    await expect(await compile(directory, 'json')).toMatchFileSnapshot(json);
    await expect(await compile(directory, 'nft')).toMatchFileSnapshot(text);
  });

  test('is the same ruleset from JSON, from text, and when loaded twice', async () => {
    const once = await listAfter(`-j -f ${json}`);
    expect(once).toContain('table inet portfwd');
    expect(await listAfter(`-f ${text}`)).toBe(once);
    expect(await listAfter(`-j -f ${json}`, `-j -f ${json}`)).toBe(once);
    expect(await listAfter(`-f ${text}`, `-f ${text}`)).toBe(once);
  });
});
