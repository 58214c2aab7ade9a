import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBootHost, type BootHost } from './lab/boot-host.ts';
import { PORTFWD_COMMAND } from './lab/lab.ts';

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
});
afterEach(async () => host.remove());

const PORTFWD = PORTFWD_COMMAND.map((word) => `'${word}'`).join(' ');
const LOCAL = 'version: 1\nforwards:\n  - "6000:10.0.0.1:5000"\n';
const OPENING =
  'version: 1\nforwarding: enable\nforwards:\n  - {listen: 6000, target: "10.0.0.2:5000", loopback: true}\n';

const model = (text: string): void => writeFileSync(host.sandbox.file, text);
const ok = async (...args: readonly string[]): Promise<void> =>
  expect(await host.portfwd(...args)).toMatchObject({ exitCode: 0 });

/** An nft that does its work and is killed then, except if it only lists or checks. */
const KILLED_AFTER =
  'nft=$(readlink -f "$(command -v nft)"); cp "$nft" /run/real; ' +
  `printf '#!/bin/sh\\ncase "$*" in *list*|*-c*) exec /run/real "$@";; esac\\n/run/real "$@"; kill -9 $$\\n' > /run/fake; ` +
  'chmod 755 /run/fake; mount --bind /run/fake "$nft"';
/** An nft that is killed before it does anything. */
const KILLED_BEFORE = KILLED_AFTER.replace('/run/real "$@"; kill', 'kill');

const opened = async (): Promise<string> =>
  (await host.run('cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/lan0/route_localnet')).stdout;
const tables = async (): Promise<string> => (await host.run('nft list tables')).stdout;

test('nft is killed after it removed the table: no sysctl is on without its guard chain', async () => {
  model(OPENING);
  await ok('apply');
  expect(await opened()).toBe('1\n1');
  expect(await host.run(`${KILLED_AFTER}; exec ${PORTFWD} down`)).toMatchObject({ exitCode: 4 });
  expect(await tables()).toBe('');
  expect(await opened()).toBe('0\n0');
});

test('nft is killed before it removed the table: the forwards go on, with their sysctls and guard chains', async () => {
  model(OPENING);
  await ok('apply');
  expect(await host.run(`${KILLED_BEFORE}; exec ${PORTFWD} down`)).toMatchObject({ exitCode: 4 });
  expect(await tables()).toBe('table inet portfwd_counters\ntable inet portfwd');
  expect(await opened()).toBe('1\n1');
  expect(await host.portfwd('status')).toMatchObject({ stdout: expect.stringMatching(/^in sync/) });
});

test('the table was flushed, and nft is killed before the next load: what the old table guarded stays off', async () => {
  model(OPENING);
  await ok('apply');
  await host.run('nft flush ruleset');
  model(LOCAL);
  expect(await host.run(`${KILLED_BEFORE}; exec ${PORTFWD} apply`)).toMatchObject({ exitCode: 4 });
  expect(await opened()).toBe('0\n0');
});

test('the state directory is read-only and the table was flushed: apply loads the newest generation again', async () => {
  model(LOCAL);
  await ok('apply');
  await host.run('nft flush ruleset');
  const readOnly = 'mount --bind /var/lib/portfwd /var/lib/portfwd; mount -o remount,bind,ro /var/lib/portfwd';
  expect(await host.run(`${readOnly}; exec ${PORTFWD} apply --dry-run`)).toMatchObject({ exitCode: 0 });
  expect(await host.run(`${readOnly}; exec ${PORTFWD} apply`)).toMatchObject({
    exitCode: 0,
    stdout: '1 forward loaded\n+1 ~0 -0, 0 unchanged',
  });
  model(LOCAL.replace('6000', '6001'));
  expect(await host.run(`${readOnly}; exec ${PORTFWD} apply`)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/\[state-directory\]$/),
  });
});

test('the load of an adopted table fails: nothing says that it was replaced', async () => {
  model(LOCAL);
  await host.run('nft add table inet portfwd');
  const { exitCode, stderr } = await host.run(`${KILLED_BEFORE}; exec ${PORTFWD} apply --adopt`);
  expect(exitCode).toBe(4);
  expect(stderr).not.toContain('replaced');
  expect(await tables()).toBe('table inet portfwd');
});

test('standard error is full: the exit code is the same', async () => {
  model('version: 1\nforwards: 6000\n');
  expect(await host.run(`exec ${PORTFWD} apply 2>/dev/full`)).toMatchObject({ exitCode: 1 });
  expect(await host.run(`exec ${PORTFWD} apply --config /nope 2>/dev/full`)).toMatchObject({ exitCode: 3 });
});

const connectionsEnd = async (...options: readonly string[]): Promise<unknown> =>
  (JSON.parse((await host.portfwd('apply', '--dry-run', '--json', ...options)).stdout) as { connectionsEnd: unknown })
    .connectionsEnd;

test('--keep-connections: the dry run names no forward whose TCP connections go on', async () => {
  model(LOCAL);
  await ok('apply');
  model(LOCAL.replace('5000', '5001'));
  expect(await connectionsEnd()).toEqual(['tcp-6000']);
  expect(await connectionsEnd('--keep-connections')).toEqual([]);
});
