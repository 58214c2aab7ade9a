import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipe } from '../../support/recipes.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const HEADING = 'A hosting provider with a generator';
const [MAIN = ''] = recipe(HEADING, 'yaml');
const [PUT = '', REMOVE = ''] = recipe(HEADING, 'sh');

/** The forwards of a customer with ports from 1000 times the number on. */
const customer = (number: number, count = 1): string =>
  JSON.stringify({
    forwards: Array.from({ length: count }, (_, index) => ({
      name: `c${number}-${index}`,
      listen: number * 1000 + index,
      target: `10.0.0.${number}:80`,
    })),
  });

let sandbox: Sandbox;
let programs: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.write(MAIN);
  programs = sandbox.directory;
  script('portfwd', `#!/bin/sh\nexec ${PORTFWD_COMMAND.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  script('put-customer', inSandbox(PUT));
});
afterAll(async () => sandbox.remove());

function script(name: string, text: string): void {
  writeFileSync(join(programs, name), text);
  chmodSync(join(programs, name), 0o755);
}

const inSandbox = (text: string): string => text.replaceAll('/etc/portfwd', sandbox.directory);
const sh = async (text: string) =>
  sandbox.run(['env', `PATH=${programs}:${process.env['PATH'] ?? ''}`, 'sh', '-ec', text]);
const put = async (name: string, text: string) => sh(`printf %s '${text}' | put-customer ${name}`);
const said = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout) as Record<string, unknown>;
const planExit = async () => (await sandbox.portfwd('plan')).exitCode;
const loaded = async () => (await sandbox.run(['nft', 'list', 'table', 'inet', 'portfwd'])).stdout;

test('each customer is loaded once, and a second run changes nothing', async () => {
  expect(said(await put('c1', customer(1)))).toMatchObject({ changed: true, added: 1 });
  const second = said(await put('c2', `forwards:\n  - { name: c2-web, listen: 2000, target: "10.0.0.2:80" }\n`));
  expect(second).toMatchObject({ changed: true, added: 1, unchanged: 1 });
  expect(said(await put('c1', customer(1)))).toMatchObject({ changed: false, unchanged: 2, digest: second['digest'] });
  expect(await planExit()).toBe(0);
});

test('an error leaves the forwards of before, and is named', async () => {
  const before = await loaded();
  for (const [name, text, error] of [
    ['c1', customer(1).replace('1000', '70000'), /c1\.yaml.*invalid port/],
    ['c3', customer(1).replace('c1', 'c3'), /c3\.yaml.*listen.*c1\.yaml/],
  ] as const) {
    expect(await put(name, text)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(error) });
    expect(await loaded()).toBe(before);
    expect(await planExit()).toBe(0);
  }
  expect(existsSync(sandbox.file.replace('.yaml', '.d/c3.yaml'))).toBe(false);
});

test('plan tells a change from an error', async () => {
  const file = sandbox.file.replace('.yaml', '.d/c4.yaml');
  writeFileSync(file, customer(4));
  expect(await planExit()).toBe(1);
  writeFileSync(file, customer(4).slice(1));
  expect(await planExit()).toBe(7);
  writeFileSync(file, '{"forwards": []}');
  expect(await planExit()).toBe(0);
});

test('a customer is removed, and most of them only on demand', async () => {
  expect(said(await put('c17', customer(17)))).toMatchObject({ changed: true });
  expect(said(await sh(inSandbox(REMOVE)))).toMatchObject({ changed: true, removed: 1 });
  expect(await loaded()).not.toContain('17000');
  await put('c5', customer(5, 20));
  const remove = inSandbox(REMOVE.replace('c17', 'c5'));
  expect(await sh(remove)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('many-removals') });
  expect(said(await sandbox.portfwd('apply', '--allow-removals', '--json'))).toMatchObject({ removed: 20 });
});

test('one generator for all needs no files', async () => {
  expect(
    said(
      await sh(
        `printf %s '${customer(6).replace('{', '{"version": 1, "forwarding": "enable", ')}' | portfwd apply - --json`,
      ),
    ),
  ).toMatchObject({ added: 1, removed: 2 });
  expect((await sandbox.portfwd('status')).exitCode).toBe(1);
});
