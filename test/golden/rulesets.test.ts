import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
    isRead: () => true,
    err: (text: string) => void (err += text),
  };
  const exit = await run(args, runtime, '0');
  expect({ exit, errors: err.split('\n').filter((line) => line !== '' && !line.includes(': note: ')) }).toEqual({
    exit: 0,
    errors: [],
  });
  return out;
}

describe.each(readdirSync(ROOT))('rulesets/%s', (name) => {
  const directory = `${ROOT}${name}`;

  test('says in its first line what it shows', () => {
    expect(readFileSync(`${directory}/portfwd.yaml`, 'utf8')).toMatch(/^# [A-Z].{20,}\.\n/);
  });

  test('compiles to the committed JSON and text', async () => {
    await expect(await compile(directory, 'json')).toMatchFileSnapshot(`${directory}/ruleset.json`);
    await expect(await compile(directory, 'nft')).toMatchFileSnapshot(`${directory}/ruleset.nft`);
  });
});
