import { chmodSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPlace, type Place } from './place.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.1:5000"\n';
const ENABLED = MODEL.replace('ignore', 'enable').replace('10.0.0.1', '10.0.0.2');
const NO_ROUTE = `${MODEL}  - {listen: 6001, target: 203.0.113.9, loopback: true}\n`;

let place: Place;
beforeEach(async () => {
  place = await startPlace();
  place.write(MODEL);
});
afterEach(async () => place.remove());

const inPlace = async (...command: readonly string[]) =>
  expect(await place.run(command)).toMatchObject({ exitCode: 0 });
const readOnly = (path: string): string[] => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o ro,mode=700 tmpfs ${path} && exec "$@"`, 'sh'];
};

/** The command without and with --dry-run say the same, and nothing has changed; the exit code and the reason. */
async function refusedAlike(args: readonly string[], through: readonly string[] = []): Promise<string> {
  const before = { ...(await place.seen()), state: filesOf(place.state) };
  const run = async (...more: readonly string[]) => {
    const { exitCode, stdout, stderr } = await place.start([...args, ...more], (command) => [...through, ...command])
      .ended;
    return { exitCode, stdout, reason: /\[([a-z-]+)\]$/.exec(stderr)?.[1] };
  };
  const rehearsed = await run('--dry-run');
  expect({ ...(await place.seen()), state: filesOf(place.state) }).toEqual(before);
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
  const before = await place.seen();
  expect(await place.portfwd('apply', '--dry-run')).toEqual({
    exitCode: 0,
    stdout: '1 forward would be loaded',
    stderr: '',
  });
  expect(JSON.parse((await place.portfwd('apply', '--dry-run', '--json')).stdout)).not.toHaveProperty('unchecked');
  expect(await place.seen()).toEqual(before);
  expect(filesOf(place.state)).toEqual([]);
});

test('a table of our name that is not ours', async () => {
  await inPlace('nft', 'add table inet portfwd');
  expect(await refusedAlike(['apply'])).toBe('3 foreign-table');
  expect(await place.portfwd('apply', '--dry-run', '--adopt')).toMatchObject({ exitCode: 0 });
});

test('a change that waits to be confirmed', async () => {
  const run = place.start(['apply', '--confirm', '600']);
  await run.says('applied; reverting in');
  expect(await refusedAlike(['apply'])).toBe('5 window-open');
  await place.portfwd('rollback');
  await run.ended;
});

test('a state directory that cannot be written, one that others can write to, and one that is a file', async () => {
  expect(await refusedAlike(['apply'], readOnly(place.state))).toBe('3 state-directory');
  chmodSync(place.state, 0o777);
  expect(await refusedAlike(['apply'])).toBe('3 state-directory');
  expect(await refusedAlike(['apply', '--state-dir', place.file])).toBe('3 state-directory');
  expect(await refusedAlike(['apply', '--state-dir', `${place.file}/state`])).toBe('3 state-directory');
});

test('a sysctl that cannot be set', async () => {
  place.write(ENABLED);
  const locked = 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"';
  const through = ['unshare', '--mount', 'sh', '-c', locked, 'sh'];
  expect(await refusedAlike(['apply'], through)).toBe('3 permission');
});

test('no route to a target that 127.0.0.1 is to lead to', async () => {
  place.write(NO_ROUTE);
  expect(await refusedAlike(['apply'])).toBe('3 no-route');
});

test('a file that cannot be replaced', async () => {
  renameSync(place.file, `${place.directory}/real.yaml`);
  symlinkSync('real.yaml', place.file);
  expect(await refusedAlike(['add', '6001', '10.0.0.1'])).toBe('3 config-unwritable');
});

test('no way back for --confirm', async () => {
  expect(await place.portfwd('apply')).toMatchObject({ exitCode: 0 });
  renameSync(place.state, `${place.state}.old`);
  expect(await refusedAlike(['apply', '--confirm', '60'])).toBe('3 no-way-back');
});

/** Also where no other user is known: root of a namespace that this network is not in. */
const NOBODY = ['unshare', '-Ur'];
const nobody = (command: readonly string[]): string[] => [...NOBODY, ...command];

test('without rights it says what it could not see', async () => {
  await inPlace('nft', 'add table inet portfwd');
  const run = await place.start(['apply', '--dry-run'], nobody).ended;
  expect(run).toEqual({
    exitCode: 0,
    stdout: '1 forward would be loaded',
    stderr: expect.stringMatching(/^portfwd: note: apply would be refused: you have no rights .*run as root/),
  });
  const { stdout, stderr } = await place.start(['apply', '--dry-run', '--json'], nobody).ended;
  expect(JSON.parse(stdout)).toMatchObject({ applied: false, unchecked: ['kernel', 'state'] });
  expect(stderr).toBe('');
});
