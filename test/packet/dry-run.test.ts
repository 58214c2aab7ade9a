import { chmodSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from './lab/sandbox.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.1:5000"\n';
const ENABLED = MODEL.replace('ignore', 'enable').replace('10.0.0.1', '10.0.0.2');
const NO_ROUTE = `${MODEL}  - {listen: 6001, target: 203.0.113.9, loopback: true}\n`;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.write(MODEL);
});
afterEach(async () => sandbox.remove());

const inSandbox = async (...command: readonly string[]) =>
  expect(await sandbox.run(command)).toMatchObject({ exitCode: 0 });
const readOnly = (path: string): string[] => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o ro,mode=700 tmpfs ${path} && exec "$@"`, 'sh'];
};

/** The command without and with --dry-run say the same, and nothing has changed; the exit code and the reason. */
async function refusedAlike(args: readonly string[], through: readonly string[] = []): Promise<string> {
  const before = { ...(await sandbox.seen()), state: filesOf(sandbox.state) };
  const run = async (...more: readonly string[]) => {
    const { exitCode, stdout, stderr } = await sandbox.start([...args, ...more], (command) => [...through, ...command])
      .ended;
    return { exitCode, stdout, reason: /\[([a-z-]+)\]$/.exec(stderr)?.[1] };
  };
  const rehearsed = await run('--dry-run');
  expect({ ...(await sandbox.seen()), state: filesOf(sandbox.state) }).toEqual(before);
  expect(rehearsed).toEqual(await run());
  return `${rehearsed.exitCode} ${rehearsed.reason}`;
}

function filesOf(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true }).map(String);
  } catch {
    return [];
  }
}

test('nothing in the way: what would be loaded, and nothing is', async () => {
  const before = await sandbox.seen();
  expect(await sandbox.portfwd('apply', '--dry-run')).toEqual({
    exitCode: 0,
    stdout: '1 forward would be loaded',
    stderr: '',
  });
  expect(JSON.parse((await sandbox.portfwd('apply', '--dry-run', '--json')).stdout)).not.toHaveProperty('unchecked');
  expect(await sandbox.seen()).toEqual(before);
  expect(filesOf(sandbox.state)).toEqual([]);
});

test('a table of our name that is not ours', async () => {
  await inSandbox('nft', 'add table inet portfwd');
  expect(await refusedAlike(['apply'])).toBe('3 foreign-table');
  expect(await sandbox.portfwd('apply', '--dry-run', '--adopt')).toMatchObject({ exitCode: 0 });
});

test('a change that waits to be confirmed', async () => {
  const run = sandbox.start(['apply', '--confirm', '600']);
  await run.says('applied; reverting in');
  expect(await refusedAlike(['apply'])).toBe('5 window-open');
  await sandbox.portfwd('rollback');
  await run.ended;
});

test('a state directory that cannot be written, one that others can write to, and one that is a file', async () => {
  expect(await refusedAlike(['apply'], readOnly(sandbox.state))).toBe('3 state-directory');
  chmodSync(sandbox.state, 0o777);
  expect(await refusedAlike(['apply'])).toBe('3 state-directory');
  expect(await refusedAlike(['apply', '--state-dir', sandbox.file])).toBe('3 state-directory');
  expect(await refusedAlike(['apply', '--state-dir', `${sandbox.file}/state`])).toBe('3 state-directory');
});

test('a sysctl that cannot be set', async () => {
  sandbox.write(ENABLED);
  const locked = 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"';
  const through = ['unshare', '--mount', 'sh', '-c', locked, 'sh'];
  expect(await refusedAlike(['apply'], through)).toBe('3 permission');
});

test('no route to a target that 127.0.0.1 is to lead to', async () => {
  sandbox.write(NO_ROUTE);
  expect(await refusedAlike(['apply'])).toBe('3 no-route');
});

test('a file that cannot be replaced', async () => {
  renameSync(sandbox.file, `${sandbox.directory}/real.yaml`);
  symlinkSync('real.yaml', sandbox.file);
  expect(await refusedAlike(['add', '6001', '10.0.0.1'])).toBe('3 config-unwritable');
});

test('no way back for --confirm', async () => {
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  renameSync(sandbox.state, `${sandbox.state}.old`);
  expect(await refusedAlike(['apply', '--confirm', '60'])).toBe('3 no-way-back');
});

/** Also where no other user is known: root of a namespace that this network is not in. */
const NOBODY = ['unshare', '-Ur'];
const nobody = (command: readonly string[]): string[] => [...NOBODY, ...command];

test('without rights it says what it could not see', async () => {
  await inSandbox('nft', 'add table inet portfwd');
  const run = await sandbox.start(['apply', '--dry-run'], nobody).ended;
  expect(run).toEqual({
    exitCode: 0,
    stdout: '1 forward would be loaded',
    stderr: expect.stringMatching(/^portfwd: note: apply would be refused: you have no rights .*run as root/),
  });
  const { stdout, stderr } = await sandbox.start(['apply', '--dry-run', '--json'], nobody).ended;
  expect(JSON.parse(stdout)).toMatchObject({ applied: false, unchecked: ['kernel', 'state'] });
  expect(stderr).toBe('');
});
