import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MODEL = `version: 1
forwarding: enable
forwards:
  - "6000:10.0.0.2:5000"
  - "6001:10.0.0.3:5000"
  - {name: off, listen: 6009, target: 10.0.0.9, enabled: false}
`;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.write(MODEL);
});
afterAll(async () => sandbox.remove());

const json = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
  const { exitCode, stdout, stderr } = await sandbox.portfwd(...args, '--json');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return JSON.parse(stdout) as Record<string, unknown>;
};

/** The numbers that nft gives the objects of the table. They change with each load. */
const handles = async (): Promise<string> =>
  (await sandbox.run(['nft', '-a', 'list', 'table', 'inet', 'portfwd'])).stdout;

const generations = async (): Promise<number> => ((await json('history'))['generations'] as unknown[]).length;

/** What plan and the dry run say before, and apply says. */
async function applies(expected: { readonly changed: boolean; readonly [key: string]: unknown }): Promise<void> {
  const [plan, dryRun] = await Promise.all([sandbox.portfwd('plan'), json('apply', '--dry-run')]);
  expect(plan.exitCode).toBe(expected.changed ? 1 : 0);
  expect(dryRun).toMatchObject({ applied: false, ...expected });
  expect(await json('apply')).toMatchObject({ applied: true, ...expected });
}

const SAME = { changed: false, forwards: 2, added: 0, changedForwards: 0, removed: 0, unchanged: 2 };

test('an apply that changes nothing loads nothing, and the dry run knows', async () => {
  await applies({ changed: true, added: 2, changedForwards: 0, removed: 0, unchanged: 0 });
  const before = await handles();
  await applies(SAME);
  expect(await json('apply', '--confirm', '60')).toMatchObject(SAME);
  expect((await sandbox.portfwd('apply')).stdout).toBe(
    'nothing to change: 2 forwards loaded already\n+0 ~0 -0, 2 unchanged',
  );
  expect(await handles()).toBe(before);
  expect(await generations()).toBe(1);
});

test('a file that only looks different becomes a generation, and is not loaded', async () => {
  const before = await handles();
  sandbox.write(`# for the shop\n${MODEL}`);
  await applies(SAME);
  expect(await handles()).toBe(before);
  expect(await generations()).toBe(2);
  await applies(SAME);
  expect(await generations()).toBe(2);
});

test('a changed file, and an edit, are changes', async () => {
  sandbox.write(MODEL.replace('10.0.0.3', '10.0.0.4'));
  await applies({ changed: true, added: 0, changedForwards: 1, removed: 0, unchanged: 1 });
  expect(await json('set', 'tcp-6001', 'target=10.0.0.3:5000')).toMatchObject({ changed: true, changedForwards: 1 });
  // The ruleset is the same, and the file is not.
  expect(await json('set', 'off', 'target=10.0.0.8')).toMatchObject({ ...SAME, changed: true });
  expect(readFileSync(sandbox.file, 'utf8')).toContain('10.0.0.8');
  await applies(SAME);
});

const nft = (command: string): readonly string[] => ['sh', '-c', command];

test.for([
  ['a flushed ruleset', nft('nft flush ruleset'), { added: 2 }],
  [
    'a deleted element',
    nft(
      "nft -a list table inet portfwd | sed -n 's/.*map \\([a-z0-9_]*\\) {.*/\\1/p' | head -1 | xargs -I{} nft flush map inet portfwd {}",
    ),
    { unchanged: 2 },
  ],
  [
    'a rule of another program',
    nft(
      'nft insert rule inet portfwd "$(nft -j list chains inet | tr \'{\' \'\\n\' | sed -n \'s/.*"table": "portfwd", "name": "\\([a-z_]*prerouting[a-z_]*\\)".*/\\1/p\' | head -1)" counter',
    ),
    { unchanged: 2 },
  ],
  ['a sysctl that is off', ['sysctl', '-qw', 'net.ipv4.ip_forward=0'], { unchanged: 2 }],
  ['counters that are gone', nft('nft delete table inet portfwd_counters'), { unchanged: 2 }],
] as const)('%s is a change, and is repaired', async ([, command, counts]) => {
  expect(await sandbox.run(command)).toMatchObject({ exitCode: 0 });
  await applies({ changed: true, ...counts });
  expect(await sandbox.portfwd('status')).toMatchObject({ exitCode: 0 });
  await applies(SAME);
});

test('a lost state directory does not make it a change, and is written again', async () => {
  const before = await handles();
  for (const name of ['applied.json', 'history']) rmSync(join(sandbox.state, name), { recursive: true });
  await applies(SAME);
  expect(await handles()).toBe(before);
  expect(await generations()).toBe(1);
});

test('a setting that needs another ruleset is a change although no forward differs', async () => {
  writeFileSync(sandbox.file, MODEL.replace('forwards:', 'priority: -110\nforwards:'));
  await applies({ ...SAME, changed: true });
});
