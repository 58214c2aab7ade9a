import { existsSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => sandbox.remove());

/** With the model on standard input, through a pipe. */
const piped = async (model: string, ...args: readonly string[]) =>
  sandbox.run(['sh', '-c', 'printf %s "$0" | "$@"', model, ...PORTFWD_COMMAND, ...args]);

test('check, plan, compile and apply read standard input, and name it', async () => {
  const wrong = MODEL.replace('6000', '600000');
  for (const [command, exitCode] of [
    ['check', 1],
    ['plan', 7],
    ['compile', 1],
    ['apply', 1],
  ] as const) {
    const run = await piped(wrong, command, '-');
    expect(run).toMatchObject({
      exitCode,
      stderr: expect.stringMatching(/^<standard input>:4:5 forwards\[0\]\.listen: error: /),
    });
  }
  expect((await piped(MODEL, 'check', '-')).stdout).toContain('<standard input>: 1 forward, no errors');
  expect(await piped(MODEL, 'plan', '-')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('+ tcp-6000') });
  for (const comment of [' '.repeat(100_000), `portfwd-files [["",0],["a.yaml",${MODEL.length}]]`])
    expect((await piped(`#${comment}\n${MODEL}`, 'check', '-')).stdout).toContain(': 1 forward, no errors');
  sandbox.write(MODEL);
  const compiled = await sandbox.portfwd('compile', sandbox.file);
  expect((await piped(MODEL, 'compile', '-')).stdout).toBe(compiled.stdout);
  rmSync(sandbox.file);
});

test('what came from standard input is loaded, recorded, and can be restored without a file', async () => {
  expect(await piped(MODEL, 'apply', '-')).toMatchObject({ exitCode: 0 });
  expect(await piped(MODEL, 'plan', '-')).toMatchObject({ exitCode: 0 });
  expect(JSON.parse((await piped(MODEL, 'apply', '--json', '-')).stdout)).toMatchObject({ changed: false });
  const other = MODEL.replace('5000', '5001');
  const apply = await piped(other, 'apply', '-', '--confirm', '60', '--detach', '--json');
  expect(JSON.parse(apply.stdout)).toMatchObject({ changed: true, changedForwards: 1, waiting: { left: 60 } });
  const waiting = await piped(other, 'plan', '-', '--json');
  expect(waiting.exitCode).toBe(1);
  expect(JSON.parse(waiting.stdout)).toMatchObject({ wouldChange: false, refusal: { reason: 'window-open' } });
  expect(await sandbox.portfwd('confirm')).toMatchObject({ exitCode: 0 });
  expect(await piped(other, 'plan', '-')).toMatchObject({ exitCode: 0 });
  const { generations } = JSON.parse((await sandbox.portfwd('history', '--json')).stdout) as { generations: object[] };
  expect(generations).toMatchObject([{ file: '<standard input>' }, { file: '<standard input>' }]);
  expect(await sandbox.portfwd('rollback', '1')).toMatchObject({ exitCode: 0 });
  expect(await piped(MODEL, 'plan', '-')).toMatchObject({ exitCode: 0 });
  expect(existsSync(sandbox.file)).toBe(false);
});

test('after a flush, apply loads it again; after --confirm without an answer, what was there is back', async () => {
  await sandbox.run(['nft', 'flush', 'ruleset']);
  expect(JSON.parse((await piped(MODEL, 'apply', '--json', '-')).stdout)).toMatchObject({ changed: true, added: 1 });
  const before = await sandbox.seen();
  expect(await piped(MODEL.replace('5000', '5002'), 'apply', '-', '--confirm', '1', '--detach')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('reverting in 1 s unless you run portfwd confirm'),
  });
  await expect.poll(async () => sandbox.seen(), { timeout: 60_000, interval: 300 }).toEqual(before);
});

test('a command that needs a file refuses it with a sentence', async () => {
  for (const args of [
    ['add', '6001', '10.0.0.2', '--config', '-'],
    ['edit', '--config', '-'],
    ['status', '-'],
    ['enable', '-'],
  ])
    expect(await piped(MODEL, ...args)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('this command needs a file and does not read standard input; name a file'),
    });
  expect(await sandbox.portfwd('apply', '--detach')).toMatchObject({
    exitCode: 2,
    stderr: 'error: --detach needs --confirm',
  });
});
