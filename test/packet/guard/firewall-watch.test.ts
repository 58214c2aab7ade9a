import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';
import { linesOf } from '../lab/boot-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';

const ROUTED = 'version: 1\nforwarding: enable\nforwards: ["6000:10.0.0.2:5000"]\n';
const LOOPBACK =
  'version: 1\nforwarding: ignore\nforwards: [{listen: 6000, target: "10.0.0.2:5000", loopback: true}]\n';
const UNIT = 'run/systemd/system/portfwd-guard.service';
const WANTED = 'run/systemd/system/nftables.service.wants/portfwd-guard.service';

/** Process 1 is in this network namespace and is systemd; `active` are the units that it calls active. */
const systemd = (active: string) =>
  `mkdir -p /run/systemd/system /run/fake; mount --bind /proc/$$ /proc/1
   printf '#!/bin/sh\\necho "$*" >>/run/systemctl.log\\n[ "$1" != is-active ] || [ "$3" = "${active}" ]\\n' >/run/fake/systemctl
   chmod 755 /run/fake/systemctl; mount --bind /run/fake /usr/local/sbin`;

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
});
afterEach(async () => host.remove());

const underSystemd = async (args: readonly string[], active = 'none') =>
  host.run(`${systemd(active)}; exec "$@"`, ...PORTFWD_COMMAND, ...args);
const isOpen = async () =>
  (await host.run('cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/lan0/route_localnet')).stdout;
const read = (path: string) => readFileSync(join(host.sandbox.directory, path), 'utf8');
/** What systemd runs for the unit. */
const runs = async (key: string) => {
  const results = [];
  for (const line of linesOf(read(UNIT), key)) results.push((await host.run(line)).stderr);
  return results.join('\n');
};
const watchFiles = () => [UNIT, WANTED, 'run/portfwd/sysctls.sh'].filter((path) => host.has(path));
/** After it closed what was open. */
const downEndsTheWatch = async () => {
  expect(watchFiles()).toHaveLength(3);
  expect(await underSystemd(['down'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('the unit that watched the firewall is removed now'),
  });
  expect(watchFiles()).toEqual([]);
  expect((await underSystemd(['down'])).stdout).toContain('there was nothing to remove');
};

describe.each([
  ['routing', ROUTED, '1\n0'],
  ['route_localnet', LOOPBACK, '0\n1'],
])('under systemd, %s closes when the firewall is flushed', (_, model, open) => {
  beforeEach(async () => {
    host.sandbox.write(model);
    const { exitCode, stderr } = await underSystemd(['apply']);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/note: .* go(?:es)? off/),
    });
    expect(await isOpen()).toBe(open);
  });

  test('a reload of nftables.service', async () => {
    expect(host.has(WANTED)).toBe(true);
    expect(read('run/systemctl.log')).toMatch(/daemon-reload\n(?:.*\n)*start portfwd-guard.service\n/);
    await runs('ExecReload');
    expect(await isOpen()).toBe(open);
    await host.run('nft flush ruleset');
    expect(await runs('ExecReload')).toContain('was turned off: its guard chain is not loaded any more');
    expect(await isOpen()).toBe('0\n0');
    expect(await runs('ExecReload')).toContain('was not set: the forwards are not loaded');
    await downEndsTheWatch();
  });

  test('a restart of nftables.service', async () => {
    await runs('ExecStop');
    expect(await isOpen()).toBe('0\n0');
    await host.run('nft flush ruleset');
    await runs('ExecStart');
    expect(await isOpen()).toBe('0\n0');
    expect(await underSystemd(['apply'])).toMatchObject({ exitCode: 0 });
    expect(await isOpen()).toBe(open);
  });

  test('a stop of nftables.service', async () => {
    await runs('ExecStop');
    await host.run('nft flush ruleset');
    await downEndsTheWatch();
  });

  test('down ends the watch', async () => {
    expect(await underSystemd(['down'])).toMatchObject({ exitCode: 0 });
    expect(await isOpen()).toBe('0\n0');
    expect(watchFiles()).toEqual([]);
  });

  test.each([[['disable']], [['down', '--purge']]])('%s stops the service whose file is gone', async (args) => {
    await underSystemd(['enable'], 'portfwd.service');
    expect(await underSystemd(args, 'portfwd.service')).toMatchObject({ exitCode: 0 });
    expect(read('run/systemctl.log')).toMatch(/daemon-reload\n(?:.*\n)*stop portfwd.service\n/);
  });

  test('enable hands over to portfwd.service, and disable back to the watch', async () => {
    await underSystemd(['enable'], 'portfwd.service');
    expect(host.has(UNIT)).toBe(false);
    expect(await underSystemd(['apply'], 'portfwd.service')).toMatchObject({ exitCode: 0 });
    expect(host.has(UNIT)).toBe(false);
    expect(await underSystemd(['disable'], 'portfwd.service')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('stays on behind the guard'),
    });
    expect(host.has(WANTED)).toBe(true);
    await host.run('nft flush ruleset');
    await runs('ExecReload');
    expect(await isOpen()).toBe('0\n0');
  });
});

test('forwards that open nothing are not watched', async () => {
  host.sandbox.write('version: 1\nforwards: ["6000:10.0.0.1:5000"]\n');
  expect(await underSystemd(['apply'])).toMatchObject({ exitCode: 0 });
  expect(host.has(UNIT)).toBe(false);
});

test('routing that another program turned on is not turned off', async () => {
  await host.run('sysctl -qw net.ipv4.ip_forward=1');
  host.sandbox.write(ROUTED);
  expect(await underSystemd(['apply'])).toMatchObject({ exitCode: 0 });
  expect(host.has(UNIT)).toBe(false);
});

test('routing that stays on for other programs is watched too', async () => {
  host.sandbox.write(ROUTED);
  expect(await underSystemd(['apply'])).toMatchObject({ exitCode: 0 });
  await host.run(`nft 'table ip nat { chain post { type nat hook postrouting priority 100; masquerade; }; }'`);
  const { stdout, stderr } = await underSystemd(['down', '--purge']);
  expect(stderr).toContain('routing stays on');
  expect(stdout).not.toContain('/run/portfwd');
  expect(await isOpen()).toBe('1\n0');
  await runs('ExecReload');
  expect(await isOpen()).toBe('1\n0');
  await host.run('nft flush ruleset');
  await runs('ExecReload');
  expect(await isOpen()).toBe('0\n0');
});

test('without a service manager in this network namespace, a note says what stays open', async () => {
  host.sandbox.write(ROUTED);
  const { stderr, exitCode } = await host.portfwd('apply');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('note: net.ipv4.ip_forward is on behind a guard chain');
  expect((await host.portfwd('apply')).stderr).not.toContain('guard chain');
  await host.run('nft flush ruleset');
  expect(await host.portfwd('down')).toMatchObject({ exitCode: 0 });
  expect(await isOpen()).toBe('0\n0');
});

/** Process 1 is in this network namespace, OpenRC is installed, and systemd is not. */
const OPENRC = `mkdir -p /run/openrc /run/fake /run/all /run/some; touch /run/openrc/softlevel; mount --bind /proc/$$ /proc/1
  mount -t tmpfs none /usr/lib/systemd; mount --bind /usr/bin /run/all; ln -sf /run/all/* /run/some; rm -f /run/some/systemctl
  touch /run/some/openrc-run; mount --bind /run/some /usr/bin
  printf '#!/bin/sh\\necho "$*" >>/run/rc-service.log\\n' >/run/fake/rc-service; chmod 755 /run/fake/rc-service
  mount --bind /run/fake /usr/local/sbin`;

test('under OpenRC, enable comes first, and apply then starts the service', async () => {
  host.sandbox.write(ROUTED);
  const underOpenrc = async (command: string) => host.run(`${OPENRC}; exec "$@"`, ...PORTFWD_COMMAND, command);
  expect(await underOpenrc('apply')).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('[needs-enable]') });
  expect(await isOpen()).toBe('0\n0');
  expect(await underOpenrc('enable')).toMatchObject({ exitCode: 0 });
  expect(host.has('run/rc-service.log')).toBe(false);
  expect(await underOpenrc('apply')).toMatchObject({ exitCode: 0 });
  expect(read('run/rc-service.log')).toBe('portfwd-counters start\nportfwd start\n');
  expect(await isOpen()).toBe('1\n0');
});
