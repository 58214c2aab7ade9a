import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MODEL = 'version: 1\nforwarding: ignore\nrevision: "a1"\nforwards:\n  - "6000:10.0.0.2:5000"\n';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.write(MODEL);
});
afterAll(async () => sandbox.remove());

interface Version {
  readonly digest: string;
  readonly revision?: string;
}

const json = async <T>(...args: readonly string[]): Promise<T> =>
  JSON.parse((await sandbox.portfwd(...args, '--json')).stdout) as T;
const exitOf = async (...args: readonly string[]) => (await sandbox.portfwd(...args)).exitCode;
const generations = async (): Promise<readonly Version[]> =>
  (await json<{ generations: readonly Version[] }>('history')).generations;

test('digest and revision are in apply, its dry run, status and history', async () => {
  const { digest, revision } = await json<Version>('apply', '--dry-run');
  expect({ digest, revision }).toEqual({ digest: expect.stringMatching(/^[0-9a-f]{64}$/), revision: 'a1' });
  expect(await exitOf('status', '--expect', digest)).toBe(1);
  expect(await json('apply')).toMatchObject({ digest, revision });
  expect(await json('status')).toMatchObject({ digest, revision, loaded: { digest, revision } });
  expect((await sandbox.portfwd('status')).stdout).toContain(`\ndigest: ${digest}\nrevision: a1\n`);
  expect(await generations()).toMatchObject([{ digest, revision }]);
  expect((await sandbox.portfwd('history')).stdout).toMatch(/ REVISION *\n.* a1 *$/);
  for (const expected of [digest, digest.slice(0, 12)]) expect(await exitOf('status', '--expect', expected)).toBe(0);
  for (const other of [`${digest.slice(0, 12)}${'0'.repeat(52)}`, digest.slice(1)])
    expect(await exitOf('status', '--expect', other)).toBe(1);
  expect(await exitOf('status', '--expect', digest.slice(0, 11))).toBe(2);
});

test('another revision is another generation with the same digest, and changes nothing', async () => {
  const { digest } = await json<Version>('status');
  sandbox.write(MODEL.replace('a1', 'a2'));
  expect((await sandbox.portfwd('status')).stdout).toContain(`\ndigest: ${digest}\nrevision: a2 (loaded: a1)\n`);
  expect(await json('apply')).toMatchObject({ changed: false, digest, revision: 'a2' });
  expect(await json('status')).toMatchObject({ loaded: { digest, revision: 'a2' } });
  expect(await generations()).toMatchObject([{ digest }, { digest, revision: 'a2' }]);
});

test('a file that is not loaded has another digest than what is loaded', async () => {
  const { digest } = await json<Version>('status');
  sandbox.write(MODEL.replace('5000', '5001'));
  const after = await json<Version & { readonly loaded: Version }>('status');
  expect(after.loaded.digest).toBe(digest);
  expect(after.digest).not.toBe(digest);
  for (const expected of [digest, after.digest]) expect(await exitOf('status', '--expect', expected)).toBe(1);
  expect((await sandbox.portfwd('status', '--expect', digest)).stderr).toContain(`not ${digest}`);
});

test('a confirmed change has them too, and --enable-forwarding does not change the digest', async () => {
  sandbox.write(MODEL.replace('a2', 'a3').replace('ignore', 'require'));
  const { digest } = await json<Version>('status');
  const apply = sandbox.start(['apply', '--confirm', '60', '--enable-forwarding', '--json']);
  await apply.waitForOutput('waiting');
  expect(await json('confirm')).toMatchObject({ digest, revision: 'a1' });
  await apply.ended;
  expect((await generations()).at(-1)).toMatchObject({ digest, revision: 'a1' });
  expect(await exitOf('status', '--expect', digest)).toBe(0);
});

test('a revision is one line of text', async () => {
  for (const wrong of ['revision: 7', 'revision: "a\\nb"', 'revision: [a]']) {
    sandbox.write(MODEL.replace('revision: "a1"', wrong));
    const { exitCode, stderr } = await sandbox.portfwd('check');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/:3:\d+ revision: error: /),
    });
  }
});
