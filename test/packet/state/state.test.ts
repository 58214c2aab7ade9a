import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.write(MODEL);
});
afterEach(async () => sandbox.remove());

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test.each(['000', '077'])('with any umask (%s), only the owner can read the state', async (umask) => {
  const script = `umask ${umask}; exec "$@"`;
  const under = (...args: readonly string[]) => sandbox.run(['sh', '-c', script, 'sh', ...PORTFWD_COMMAND, ...args]);
  expect(await under('apply')).toMatchObject({ exitCode: 0 });
  expect(
    await under('add', '6001', '10.0.0.1:80', '--config', join(sandbox.directory, 'new', 'other.yaml')),
  ).toMatchObject({
    exitCode: 0,
  });
  expect(modeOf(sandbox.state)).toBe('700');
  for (const name of readdirSync(sandbox.state, { recursive: true, encoding: 'utf8' })) {
    const path = join(sandbox.state, name);
    expect(`${name} ${modeOf(path)}`).toBe(`${name} ${statSync(path).isDirectory() ? '700' : '600'}`);
  }
  expect(modeOf(join(sandbox.directory, 'new', 'other.yaml'))).toBe('644');
});

test.each(['applied.json', '.applied.json.new', 'lock', 'history', 'history/000001.yaml', 'history/.000001.json.new'])(
  'a link planted as %s is not followed',
  async (name) => {
    const victim = join(sandbox.directory, 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(sandbox.state, { mode: 0o700 });
    if (name.includes('/')) mkdirSync(join(sandbox.state, 'history'), { mode: 0o700 });
    symlinkSync(victim, join(sandbox.state, name));
    await sandbox.portfwd('apply');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(lstatSync(victim).isFile()).toBe(true);
  },
);

test.each([
  ['state', 0o777],
  ['.', 0o777],
])('where others could plant files (%s) no state is kept, and nothing is loaded', async (name, mode) => {
  mkdirSync(sandbox.state, { mode: 0o700 });
  chmodSync(join(sandbox.directory, name), mode);
  const { exitCode, stderr } = await sandbox.portfwd('apply');
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringMatching(/users can write to/) });
  expect(existsSync(join(sandbox.state, 'applied.json'))).toBe(false);
  expect((await sandbox.seen()).ruleset).toBe('');
});

/** A /dev of its own, and a real syslogd that listens there. */
const LOGGED = `
  mkdir -p "$1/dev/shm"; mount --bind /dev/shm "$1/dev/shm"
  for device in null zero urandom; do touch "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
  mount --rbind "$1/dev" /dev
  busybox syslogd -n -O "$1/log" & syslogd=$!
  while [ ! -S /dev/log ]; do sleep 0.05; done
  shift; sh -c "$@"
  kill $syslogd; wait $syslogd || true`;

test('each change is one line in the log: who, what, which ruleset', async () => {
  const commands = `
    "$@" apply
    "$@" add 6001 10.0.0.3:80
    "$@" add 6002 10.0.0.3:80 --confirm 1
    "$@" remove 'no
such forward'
    "$@" down`;
  await sandbox.run([
    'unshare',
    '-m',
    'sh',
    '-ec',
    LOGGED,
    'sh',
    sandbox.directory,
    commands,
    'sh',
    ...PORTFWD_COMMAND,
  ]);
  const lines = readFileSync(join(sandbox.directory, 'log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('portfwd['))
    .map((line) => line.replace(/^.*auth\.notice portfwd\[\d+\]: /, '').replaceAll(/[0-9a-f]{32}/g, 'HASH'));
  expect(lines.map((line) => line.replace(/ by \w+( \(\w+\))?/, ' by USER'))).toEqual([
    'apply by USER: generation 1, 1 forwards, pf_gen_HASH',
    'add 6001 10.0.0.3:80 by USER: generation 2, 2 forwards, pf_gen_HASH',
    'add 6002 10.0.0.3:80 by USER: loaded, waits to be confirmed, pf_gen_HASH',
    'add 6002 10.0.0.3:80 by USER: not confirmed, reverted',
    'down by USER',
  ]);
});
