import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
  host.sandbox.write(MODEL);
});
afterEach(async () => host.remove());

const STRANGER = 65534;
const portfwd = (...args: readonly string[]): string =>
  [...PORTFWD_COMMAND, ...args].map((word) => `'${word}'`).join(' ');

test.each([
  ['the state directory belongs to another user', 'mkdir -m 700 /var/lib/portfwd; chown 65534 /var/lib/portfwd'],
  ['so does the directory of the lock', 'mkdir -m 700 /run/portfwd; chown 65534 /run/portfwd'],
  ['so does a directory above it', 'chown 65534 /var/lib'],
  [
    'so does the directory of the history',
    'mkdir -p -m 700 /var/lib/portfwd/history; chown 65534 /var/lib/portfwd/history',
  ],
  ['a group can write to a directory above it', 'chgrp 1000 /var/lib; chmod 775 /var/lib'],
  [
    'a link goes through a directory of another user',
    'mkdir -p /etc/theirs/state; chown 65534 /etc/theirs; ln -s /etc/theirs/state /var/lib/link; mkdir -m 700 /etc/theirs/state/portfwd; export PORTFWD_STATE_DIR=/var/lib/link/portfwd',
  ],
])('%s: refused, and nothing is loaded', async (_, arrange) => {
  expect(await host.run(`${arrange}; exec ${portfwd('apply')}`)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/belongs to the user with the number 65534|users of group 1000 can write/),
  });
  expect((await host.sandbox.seen()).ruleset).toBe('');
  expect(
    await host.run(
      `${arrange.replaceAll('mkdir -', 'mkdir -p -').replace('ln -s', 'ln -sfn')}; exec ${portfwd('apply', '--dry-run')}`,
    ),
  ).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('[state-directory]'),
  });
});

test.each([
  ['belongs to another user', 'mkdir -m 700 /var/lib/app; chown 65534 /var/lib/app', '/var/lib/app'],
  ['can be written to by others', 'mkdir /var/lib/app; chmod 777 /var/lib/app', '/var/lib/app'],
  ['is in one that others can write to', 'mkdir /var/lib/app; chmod 777 /var/lib/app', '/var/lib/app/state'],
  ['is in one of another user', 'mkdir /var/lib/app; chown 65534 /var/lib/app', '/var/lib/app/state'],
])('no command changes a named directory that %s: another program may need it so', async (_, arrange, path) => {
  const { exitCode, stderr } = await host.run(`${arrange}; exec ${portfwd('apply', '--state-dir', path)}`);
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('[state-directory]')]);
  expect(stderr).toContain('name with --state-dir a directory that only root can change');
  expect(stderr).not.toMatch(/\b(mv|chmod|chown|rm)\b/);
});

test.each([
  ['belongs to another user', 'chown 65534', /\((mv -n .*)\), or name/],
  ['is open to others', 'chmod 777', /run (chmod go-w .*), or name/],
])('the printed command works if the directory of portfwd itself %s', async (_, spoil, command) => {
  const { stderr } = await host.run(
    `mkdir -m 700 /var/lib/portfwd; ${spoil} /var/lib/portfwd; exec ${portfwd('apply')}`,
  );
  expect(stderr).toMatch(command);
  expect(await host.run(`${command.exec(stderr)?.[1] ?? ''} && exec ${portfwd('apply')}`)).toMatchObject({
    exitCode: 0,
  });
});

test('a script that another user wrote to the state directory does not run as root', async () => {
  const planted = `mkdir -m 700 /var/lib/portfwd; chown 65534 /var/lib/portfwd`;
  await host.run(planted);
  // As that user would, as soon as portfwd has written its own.
  const replaces =
    'cd /var/lib/portfwd; while :; do echo "echo armed; touch /var/lib/portfwd/ran" >mine; mv -f mine revert.sh; done';
  await host.run(
    `{ setpriv --reuid ${STRANGER} --clear-groups sh -c '${replaces}' & }; ${portfwd('apply', '--confirm', '1')}; kill $!`,
  );
  expect(host.has('lib/portfwd/ran')).toBe(false);
});

test('values of sysctls that another user wrote are not set', async () => {
  expect(await host.portfwd('apply')).toMatchObject({ exitCode: 0 });
  const line = '"$(cat /proc/sys/kernel/random/boot_id) $(readlink /proc/self/ns/net) net/ipv4/ip_forward 1"';
  await host.run(`echo ${line} >/run/portfwd/sysctls; chown ${STRANGER} /run/portfwd/sysctls`);
  await host.portfwd('down');
  expect((await host.sandbox.seen()).forwarding).toBe('0');
});

test('a generation that another user could change is not loaded', async () => {
  expect(await host.portfwd('apply')).toMatchObject({ exitCode: 0 });
  host.sandbox.write(MODEL.replace('6000', '6001'));
  expect(await host.portfwd('apply')).toMatchObject({ exitCode: 0 });
  await host.run('chmod 666 /var/lib/portfwd/history/000001.yaml');
  expect(await host.portfwd('rollback', '1')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('damaged'),
  });
  expect((await host.sandbox.seen()).ruleset).toContain('6001');
});

test('in a sticky directory, other users cannot replace the state', async () => {
  const sticky = 'mkdir -m 1777 /var/lib/tmp; export PORTFWD_STATE_DIR=/var/lib/tmp/state';
  expect(await host.run(`${sticky}; exec ${portfwd('apply')}`)).toMatchObject({ exitCode: 0 });
});
