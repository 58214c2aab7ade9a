import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';

const MODEL = 'version: 1\nforwarding: enable\nforwards: ["6000:10.0.0.2:5000", "[::]:6000:[2001:db8::2]:5000"]\n';
const START = 'nft -f /etc/nftables.d/portfwd.nft && sh /etc/portfwd/sysctls.sh on';
const STOP = 'sh /etc/portfwd/sysctls.sh off';

/** As sysctl.d and a network manager leave a host that routes between some interfaces. */
const MIXED = `
  ip link add idle0 type bridge
  sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv6.conf.lan0.accept_ra=1
  sysctl -qw net.ipv4.conf.idle0.forwarding=1 net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.default.forwarding=1
  sysctl -qw net.ipv6.conf.default.forwarding=1`;

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
  host.sandbox.write(MODEL);
  for (const command of ['apply', 'enable', 'down']) expect(await host.portfwd(command)).toMatchObject({ exitCode: 0 });
  await host.run(MIXED);
});
afterEach(async () => host.remove());

const everyValue = async (): Promise<string> =>
  (
    await host.run(
      "cd /proc/sys/net && find ipv4/conf ipv6/conf ipv4/ip_forward -type f ! -name stable_secret ! -path '*/late*' -exec grep -H '' {} + | sort",
    )
  ).stdout;
const late = async (): Promise<string> =>
  (await host.run('sysctl -n net.ipv4.conf.late/1.forwarding net.ipv6.conf.late/1.forwarding')).stdout;

test('the boot script restores every value, also of interfaces that came later', async () => {
  const before = await everyValue();
  expect(await host.run(START)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await everyValue()).not.toBe(before);
  await host.run('ip link add late.1 type veth peer name late2');
  expect(await host.run(START)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await host.run(STOP)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await everyValue()).toBe(before);
  expect(await late()).toBe('1\n1');
});

test('what the boot script saved, down restores', async () => {
  const before = await everyValue();
  await host.run(START);
  await host.run('ip link add late.1 type veth peer name late2');
  expect(await host.portfwd('down')).toMatchObject({ exitCode: 0 });
  expect(await everyValue()).toBe(before);
  expect(await late()).toBe('1\n1');
});

test('what apply saved, the boot script restores', async () => {
  const before = await everyValue();
  expect(await host.portfwd('apply')).toMatchObject({ exitCode: 0 });
  expect(await host.run(STOP)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await everyValue()).toBe(before);
});

test('hundreds of interfaces are restored', async () => {
  await host.run('for number in $(seq 300); do ip link add many$number type bridge; done');
  const before = await everyValue();
  await host.run(START);
  await host.run(STOP);
  expect(await everyValue()).toBe(before);
});

test('the stop of the service turns off what stayed on for others, and its guard goes after that', async () => {
  const before = await everyValue();
  await host.run(START);
  await host.run(
    'nft "table ip nat { chain postrouting { type nat hook postrouting priority 100; oifname lan0 masquerade; }; }"',
  );
  expect(await host.portfwd('down')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('routing stays on'),
  });
  expect((await host.run('nft list tables')).stdout).toBe('table ip nat\ntable inet portfwd_guard');
  expect(await host.run('sh /etc/portfwd/sysctls.sh on')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await host.run(STOP)).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await host.run('nft list tables')).stdout).toBe('table ip nat');
  expect(await everyValue()).toBe(before);
});

test('a guard without routing is removed by down', async () => {
  await host.run('nft "table inet portfwd_guard { chain pf_forward_guard { }; }"');
  expect(await host.portfwd('down')).toMatchObject({ exitCode: 0 });
  expect((await host.run('nft list tables')).stdout).toBe('');
});

/** What systemd runs when the service stops; `jobs` are those of systemctl list-jobs. */
const stopService = async (jobs = '') =>
  host.run(
    `mkdir -p /run/fake
     printf '#!/bin/sh\\ncase $1 in list-jobs) echo "${jobs}" ;; *) echo "$*" >>/run/systemctl.log ;; esac\\n' >/run/fake/systemctl
     chmod 755 /run/fake/systemctl
     sed -i 's|^PATH=/usr|PATH=/run/fake:/usr|' /etc/portfwd/sysctls.sh
     sed -n 's/^ExecStop=//p' /etc/systemd/system/portfwd.service | while read -r line; do sh -c "$line" || exit; done`,
  );
const masquerade =
  'nft "table ip nat { chain postrouting { type nat hook postrouting priority 100; oifname lan0 masquerade; }; }"';
const tables = async () => (await host.run('nft list tables')).stdout;

test.each([
  ['a table that masquerades', masquerade],
  ['a forward policy', 'nft "table ip nat { chain f { type filter hook forward priority 0; policy drop; }; }"'],
  ['a rule of Docker', 'iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE'],
])('a stop of the service leaves routing on behind its guard: %s', async (_, rule) => {
  const before = await everyValue();
  await host.run(START);
  await host.run(rule);
  expect(await stopService()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('routing stays on') });
  expect(await tables()).toBe('table ip nat\ntable inet portfwd_guard');
  expect((await host.run('cat /proc/sys/net/ipv4/ip_forward /run/systemctl.log')).stdout).toBe(
    '1\n--no-block start portfwd-routing.service',
  );
  await host.run('sh /etc/portfwd/sysctls.sh watch');
  expect((await host.run('cat /proc/sys/net/ipv4/ip_forward')).stdout).toBe('1');
  await host.run('nft flush ruleset && sh /etc/portfwd/sysctls.sh watch');
  expect(await everyValue()).toBe(before);
});

test('the service that starts again takes the guard over', async () => {
  const before = await everyValue();
  await host.run(START);
  await host.run(masquerade);
  await stopService();
  expect(await host.run(START)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await tables()).toBe('table ip nat\ntable inet portfwd');
  await host.run('nft delete table ip nat');
  await stopService();
  expect(await tables()).toBe('');
  expect(await everyValue()).toBe(before);
});

test.each([
  ['no other program uses it', 'true', ''],
  [
    'an empty forward chain',
    'nft "table ip x { chain f { type filter hook forward priority 0; policy accept; }; }"',
    '',
  ],
  ['nftables.service stops as well', masquerade, '17 nftables.service stop waiting'],
  ['nftables.service restarts', masquerade, '17 nftables.service restart waiting'],
])('a stop of the service turns routing off: %s', async (_, rule, jobs) => {
  const before = await everyValue();
  await host.run(START);
  await host.run(rule);
  expect(await stopService(jobs)).toMatchObject({ exitCode: 0, stdout: '' });
  expect(await everyValue()).toBe(before);
  expect(await tables()).not.toContain('portfwd');
});
