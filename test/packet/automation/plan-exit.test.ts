import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';

const LISTEN = "require('node:net').createServer().listen(7000, '0.0.0.0')";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => sandbox.remove());

const plan = async (model: string, ...options: readonly string[]): Promise<number | undefined> => {
  sandbox.write(model);
  const runs = await Promise.all([sandbox.portfwd('plan', ...options), sandbox.portfwd('plan', '--json', ...options)]);
  expect(runs[0].exitCode).toBe(runs[1].exitCode);
  return runs[0].exitCode;
};

test('plan tells a change, nothing to do, and errors apart', async () => {
  expect(await plan(MODEL)).toBe(1);
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  expect(await plan(MODEL)).toBe(0);
  expect(await plan(`${MODEL}  - "6001:10.0.0.2:5000"\n`)).toBe(1);
  for (const wrong of [
    MODEL.replace('6000', '60000000'),
    MODEL.replace('forwards', 'forward'),
    `${MODEL}  - "6000:10.0.0.3:5000"\n`,
    '- [',
    '',
  ])
    expect(await plan(wrong), wrong).toBe(7);
});

test('what only this host makes an error of is one too; what apply would be refused for is not', async () => {
  const listener = sandbox.start([], () => [process.execPath, '-e', LISTEN]);
  try {
    await expect.poll(async () => plan(MODEL.replace('6000', '7000')), { timeout: 20_000, interval: 200 }).toBe(7);
  } finally {
    process.kill(listener.pid);
    await listener.ended;
  }
  expect(await plan(MODEL.replace('ignore', 'require').replace('5000', '5001'))).toBe(1);
  expect((await sandbox.portfwd('plan')).stdout).toContain('[forwarding-off]');
});

test('a file that cannot be read, and wrong usage, keep their own exits', async () => {
  expect(await sandbox.portfwd('plan', '/no/file.yaml')).toMatchObject({ exitCode: 3 });
  expect(await sandbox.portfwd('plan', '--confirm')).toMatchObject({ exitCode: 2 });
});
