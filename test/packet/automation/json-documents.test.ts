import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MODEL = `version: 1
forwarding: ignore
revision: a1
forwards:
  - "6000:10.0.0.2:5000"
  - { name: web, listen: [8080, 10.0.0.1:8081], target: "10.0.0.3:80", from: 192.0.2.0/24, comment: shop, mss: clamp }
  - { name: off, protocol: [tcp, udp], listen: 53, target: 10.0.0.4, enabled: false }
`;

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(JSON.parse(readFileSync('docs/json.schema.json', 'utf8')) as object, 'portfwd');

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.write(MODEL);
});
afterAll(async () => sandbox.remove());

function conforms(name: string, text: string): void {
  const validate = ajv.getSchema(`portfwd#/$defs/${name}`);
  if (validate === undefined) throw new Error(`no schema of ${name}`);
  const value: unknown = JSON.parse(text);
  expect({ name, value, errors: validate(value) === true ? [] : validate.errors }).toMatchObject({ errors: [] });
}

/** Runs a command, and compares both documents with the schema. */
async function run(name: string, ...args: readonly string[]): Promise<void> {
  const { stdout, stderr } = await sandbox.portfwd(name, ...args, '--json');
  expect(stdout + stderr, `${name} ${args.join(' ')}`).not.toBe('');
  if (stdout !== '') conforms(name, stdout);
  for (const line of stderr.split('\n').filter((text) => text !== '')) conforms('messages', line);
}

const flush = async () => sandbox.run(['nft', 'flush', 'ruleset']);

test('what each command prints is as its schema says', async () => {
  for (const name of ['plan', 'check', 'list', 'status', 'doctor', 'history', 'confirm', 'stats']) await run(name);
  await run('apply', '--dry-run');
  await run('apply');
  await run('apply');
  await run('add', '6001', '10.0.0.5', '--enable-forwarding', '--dry-run');
  await run('add', '6001', '10.0.0.5');
  await run('add', '6001', '10.0.0.5');
  await run('set', 'web', 'target=10.0.0.9:80');
  await run('set', 'nothing', 'target=10.0.0.9:80');
  await run('diff', '1', '3');
  await run('remove', 'tcp-6001', '--confirm', '60', '--detach');
  for (const name of ['status', 'history', 'apply', 'confirm']) await run(name);
  await run('remove', 'web', '--confirm', '60', '--detach');
  await run('rollback');
  await run('rollback', '1');
  for (const name of ['list', 'status', 'stats', 'doctor', 'check', 'plan', 'history']) await run(name);
  await run('explain', '--to', '127.0.0.1:6000');
  await run('explain', '--to', '10.0.0.1:8081', '--from', '198.51.100.7', '--interface', 'lan0');
  await run('try');
  conforms('facts', (await sandbox.portfwd('facts')).stdout);
});

test('and so it is if something is wrong', async () => {
  await flush();
  for (const name of ['status', 'plan', 'list', 'doctor', 'stats']) await run(name);
  await sandbox.run(['nft', 'add table inet portfwd']);
  for (const name of ['status', 'plan', 'apply', 'list', 'down']) await run(name);
  await flush();
  await run('apply');
  await sandbox.run([
    'sh',
    '-c',
    "nft -a list table inet portfwd | sed -n 's/.*map \\([a-z0-9_]*\\) {.*/\\1/p' | head -1 | xargs -I{} nft flush map inet portfwd {}",
  ]);
  sandbox.write(MODEL.replace('10.0.0.2:5000', '10.0.0.7:5000').replace('ignore', 'enable'));
  for (const name of ['status', 'plan', 'apply', 'list']) await run(name);
  sandbox.write(`${MODEL}  - "6000:10.0.0.8"\n  - { listen: 1, target: x }\n`);
  for (const name of ['check', 'plan', 'apply', 'status', 'list', 'doctor', 'explain', 'try'])
    await run(name, ...(name === 'explain' ? ['--to', '10.0.0.1:1'] : []));
  sandbox.write(MODEL);
  const tree = join(sandbox.directory, 'tree');
  mkdirSync(join(tree, 'etc'), { recursive: true });
  writeFileSync(join(tree, 'etc', 'nftables.conf'), '#!/usr/sbin/nft -f\nflush ruleset\n');
  await run('enable', '--root', tree, sandbox.file);
  await run('enable', '--root', tree, sandbox.file, '--print');
  await run('disable', '--root', tree);
  await run('down');
});
