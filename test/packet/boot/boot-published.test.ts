import { afterEach, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';

let hosts: BootHost[] = [];
afterEach(async () => {
  for (const host of hosts) await host.remove();
  hosts = [];
});

const PUBLISHED = 'version: 1\nforwards:\n  - {listen: 6000, target: "127.0.0.1:5000", loopback: true}\n';
const WILDCARD = PUBLISHED.replace('loopback', 'interface: late*, wildcard: true, loopback');
const SCRIPT = 'sh /etc/portfwd/sysctls.sh';
const RULE = 'etc/udev/rules.d/90-portfwd.rules';

const ok = async (running: ReturnType<BootHost['run']>): Promise<void> => {
  const { exitCode, stderr } = await running;
  expect(exitCode, stderr).toBe(0);
};

/** The interfaces, or `default`, for which it is on. */
const openLinks = async ({ run }: BootHost): Promise<string> =>
  (await run(`cd /proc/sys/net/ipv4/conf && grep -L 0 */route_localnet | cut -d / -f 1 | xargs`)).stdout;

async function booted(model: string): Promise<BootHost> {
  const host = await startBootHost();
  hosts.push(host);
  host.sandbox.write(model);
  await ok(host.portfwd('apply'));
  await ok(host.portfwd('enable'));
  expect(host.has(RULE)).toBe(true);
  const next = await host.reboot();
  hosts.push(next);
  return next;
}

test('after a boot the sysctls are on behind the guard, and an interface that comes later inherits them', async () => {
  const host = await booted(PUBLISHED);
  expect(await openLinks(host)).toBe('default lan0');
  await host.run('ip link add late0 type bridge');
  expect(await openLinks(host)).toBe('default lan0 late0');
  await ok(host.portfwd('status'));
  await ok(host.run(`${SCRIPT} off`));
  expect(await openLinks(host)).toBe('');
});

test('without the guard the script closes everything, those that came later included', async () => {
  const host = await booted(PUBLISHED);
  await host.run('ip link add late0 type bridge; nft flush ruleset');
  expect((await host.run(`${SCRIPT} on`)).exitCode).toBe(1);
  expect(await openLinks(host)).toBe('');
});

test('what others had set is left alone', async () => {
  const host = await booted(PUBLISHED);
  await ok(host.run(`${SCRIPT} off`));
  await host.run('ip link add mine0 type bridge; echo 1 >/proc/sys/net/ipv4/conf/mine0/route_localnet');
  await ok(host.run(`${SCRIPT} on`));
  await host.run('ip link add late0 type bridge');
  await ok(host.run(`${SCRIPT} off`));
  expect(await openLinks(host)).toBe('mine0');
});

test('an interface that another program opened after the boot stays open', async () => {
  const host = await booted(PUBLISHED);
  await host.run('ip link add theirs0 type bridge; ip link add late0 type bridge');
  await host.run('echo 1 >/proc/sys/net/ipv4/conf/theirs0/route_localnet');
  await ok(host.run(`${SCRIPT} on`));
  await ok(host.run(`${SCRIPT} off`));
  expect(await openLinks(host)).toBe('theirs0');
});

test('what an older portfwd set is turned off, interfaces that came later included', async () => {
  const host = await booted(PUBLISHED);
  await host.run('echo 1 >/proc/sys/net/ipv4/conf/default/route_localnet; ip link add late0 type bridge');
  await ok(host.run(`${SCRIPT} off`));
  expect(await openLinks(host)).toBe('');
});

test('where `default` stays off, udev starts the script for each new interface', async () => {
  const host = await booted(WILDCARD);
  expect((await host.run(`cat /${RULE}`)).stdout).toContain(
    'ACTION=="add", SUBSYSTEM=="net", KERNEL!="lo", TAG+="systemd", ENV{SYSTEMD_WANTS}+="portfwd-interface@.service"',
  );
  await host.run('echo 0 >/proc/sys/net/ipv4/conf/default/route_localnet');
  await host.run('ip link add late0 type bridge; ip link add other0 type bridge');
  expect(await openLinks(host)).toBe('');
  // As systemd passes it: the path of the device in /sys.
  for (const name of ['late0', 'other0']) await ok(host.run(`${SCRIPT} on sys/devices/virtual/net/${name}`));
  expect(await openLinks(host)).toBe('late0');
  await ok(host.run(`${SCRIPT} off`));
  expect(await openLinks(host)).toBe('');
});

test('disable removes the rule of udev', async () => {
  const host = await booted(PUBLISHED);
  await ok(host.portfwd('disable'));
  expect(host.has(RULE)).toBe(false);
});
