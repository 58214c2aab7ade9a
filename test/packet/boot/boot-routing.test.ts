import { afterEach, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';

let hosts: BootHost[] = [];
afterEach(async () => {
  for (const host of hosts) await host.remove();
  hosts = [];
});

const MODEL = 'version: 1\nforwarding: enable\nforwards: ["6000:10.0.0.2:5000", "[::]:6000:[2001:db8::2]:5000"]\n';
const ROUTING = { ip: 'net.ipv4.ip_forward', ip6: 'net.ipv6.conf.all.forwarding' };
const LOAD = 'nft -f /etc/nftables.d/portfwd.nft && sh /etc/portfwd/sysctls.sh on';

const ok = async (
  running: Promise<{ exitCode: number | undefined; stderr: string; stdout: string }>,
): Promise<string> => {
  const { exitCode, stderr, stdout } = await running;
  expect(exitCode, `${stderr}\n${stdout}`).toBe(0);
  return stdout;
};

/** Another program, such as Docker, turned forwarding on before `apply` and `enable`. */
async function enabledBeside(...others: readonly string[]): Promise<BootHost> {
  const host = await startBootHost();
  hosts.push(host);
  host.sandbox.write(MODEL);
  for (const name of others) await ok(host.run(`sysctl -qw ${name}=1`));
  await ok(host.portfwd('apply'));
  await ok(host.portfwd('enable'));
  return host;
}

/** `before`: what runs before the units of the firewall. */
async function rebooted(host: BootHost, before = 'true'): Promise<BootHost> {
  const next = await host.reboot(before);
  hosts.push(next);
  // Process 1 has another network namespace here.
  await ok(next.run(`umask 077; mkdir -p /run/portfwd; ${HERE} >/run/portfwd/enabled`));
  return next;
}

const HERE = 'echo "$(cat /proc/sys/kernel/random/boot_id) $(readlink /proc/self/ns/net)"';

const routing = async ({ run }: BootHost): Promise<string> =>
  (await run(`sysctl -n ${ROUTING.ip} ${ROUTING.ip6}`)).stdout.replace('\n', ' ');

const guarded = async ({ run }: BootHost): Promise<string[]> => {
  const { stdout } = await run('nft list chain inet portfwd pf_forward_guard 2>/dev/null');
  const rule = /^\t*(?:meta nfproto (?<family>ipv[46]) )?ct state .*drop$/m.exec(stdout);
  if (rule === null) return [];
  const family = rule.groups?.['family'];
  return family === undefined ? ['ipv4', 'ipv6'] : [family];
};

test.each([
  ['IPv4', [ROUTING.ip]],
  ['IPv6', [ROUTING.ip6]],
  ['both', [ROUTING.ip, ROUTING.ip6]],
])('a boot turns on, behind its guard, what another program had turned on: %s', async (_, others) => {
  const next = await rebooted(await enabledBeside(...others));
  expect(await routing(next)).toBe('1 1');
  expect(await guarded(next)).toEqual(['ipv4', 'ipv6']);
  await ok(next.portfwd('status'));
  await ok(next.portfwd('plan'));
  expect(await ok(next.portfwd('apply'))).toMatch(/\+0 ~0 -0, 2 unchanged/);
  await ok(next.portfwd('plan'));
  await ok(next.run('sh /etc/portfwd/sysctls.sh off'));
  expect(await routing(next)).toBe('0 0');
});

test('what another program turned on before the boot script stays without a guard', async () => {
  const next = await rebooted(await enabledBeside(ROUTING.ip, ROUTING.ip6), `sysctl -qw ${ROUTING.ip}=1`);
  expect(await routing(next)).toBe('1 1');
  expect(await guarded(next)).toEqual(['ipv6']);
  await ok(next.portfwd('status'));
  await ok(next.portfwd('plan'));
  await ok(next.run('sh /etc/portfwd/sysctls.sh off'));
  expect(await routing(next)).toBe('1 0');
});

test('a reload of the firewall keeps the guard, and one that loses the forwards turns routing off', async () => {
  const next = await rebooted(await enabledBeside(ROUTING.ip, ROUTING.ip6));
  await ok(next.run(`nft flush ruleset; ${LOAD}`));
  expect(await guarded(next)).toEqual(['ipv4', 'ipv6']);
  expect(await routing(next)).toBe('1 1');
  await next.run('nft flush ruleset; sh /etc/portfwd/sysctls.sh on');
  expect(await routing(next)).toBe('0 0');
});

test('an apply after such a boot keeps the boot files, and the next boot does the same', async () => {
  const next = await rebooted(await enabledBeside(ROUTING.ip));
  next.sandbox.write(MODEL.replace('"6000:', '"6001:'));
  await ok(next.portfwd('apply'));
  await ok(next.portfwd('status'));
  const third = await rebooted(next, `sysctl -qw ${ROUTING.ip}=1`);
  expect(await guarded(third)).toEqual(['ipv6']);
  await ok(third.portfwd('status'));
  const fourth = await rebooted(third);
  expect(await guarded(fourth)).toEqual(['ipv4', 'ipv6']);
  await ok(fourth.portfwd('status'));
  await ok(fourth.portfwd('down', '--purge'));
  expect(await routing(fourth)).toBe('0 0');
  expect((await fourth.run('ls /etc/portfwd /etc/nftables.d')).stdout).toBe('');
});

test('routing that other programs use stays on behind its guard when the service stops', async () => {
  const next = await rebooted(await enabledBeside(ROUTING.ip));
  await next.run(
    'nft "table ip nat { chain p { type nat hook postrouting priority 100; oifname lan0 masquerade; }; }"',
  );
  await next.run(
    `mkdir -p /run/fake; printf '#!/bin/sh\\n' >/run/fake/systemctl; chmod 755 /run/fake/systemctl
     sed -i 's|^PATH=/usr|PATH=/run/fake:/usr|' /etc/portfwd/sysctls.sh`,
  );
  expect(await ok(next.run('sh /etc/portfwd/sysctls.sh leave; nft delete table inet portfwd'))).toContain(
    'routing stays on',
  );
  expect(await routing(next)).toBe('1 1');
  expect((await next.run('nft list tables')).stdout).toContain('portfwd_guard');
});
