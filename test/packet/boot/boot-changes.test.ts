import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { proveBoot } from '../../../src/host/boot/proof.ts';
import { whole } from '../lab/boot-lab.ts';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';
import { until } from '../lab/until.ts';

let hosts: BootHost[] = [];
afterEach(async () => {
  for (const host of hosts) await host.remove();
  hosts = [];
});

async function started(model: string): Promise<BootHost> {
  const host = await startBootHost();
  hosts.push(host);
  host.sandbox.write(model);
  return host;
}

async function rebooted(host: BootHost): Promise<BootHost> {
  const next = await host.reboot();
  hosts.push(next);
  return next;
}

const model = (port: number): string => `version: 1\nforwarding: ignore\nforwards:\n  - "${port}:10.0.0.2:5000"\n`;
const GUARDED =
  'version: 1\nforwarding: enable\nforwards:\n  - {listen: 6000, target: "10.0.0.2:5000", loopback: true}\n';
const SYSCTLS = 'cd /proc/sys/net/ipv4 && cat ip_forward conf/lan0/route_localnet';

const ok = async (running: Promise<{ exitCode: number | undefined; stderr: string }>): Promise<void> => {
  const { exitCode, stderr } = await running;
  expect(exitCode, stderr).toBe(0);
};

const portsOf = async ({ run }: BootHost): Promise<string[]> => {
  const { stdout } = await run('nft list table inet portfwd');
  return [...stdout.matchAll(/(?:tcp|6) \. (\d+)[^,:}]*: 10\.0\.0\.2/g)].map(([, port]) => port ?? '');
};

test('a kept change is loaded at boot; a pending one is not, until it is confirmed', async () => {
  const host = await started(model(6000));
  await ok(host.portfwd('apply'));
  await ok(host.portfwd('enable'));
  host.sandbox.write(model(6001));
  await ok(host.portfwd('apply'));
  const second = await rebooted(host);
  expect(await portsOf(second)).toEqual(['6001']);
  await ok(second.portfwd('status'));

  host.sandbox.write(model(6002));
  const waiting = host.portfwd('apply', '--confirm', '600');
  await until('the window', () => host.has('lib/portfwd/window.json'));
  await until('6002 is loaded', async () => (await portsOf(host)).join() === '6002');
  expect(await portsOf(await rebooted(host))).toEqual(['6001']);
  await ok(host.portfwd('confirm'));
  await ok(waiting);
  expect(await portsOf(await rebooted(host))).toEqual(['6002']);
});

test('sysctls come back behind their guard, are known to portfwd, and go before it', async () => {
  const host = await started(GUARDED);
  await ok(host.portfwd('apply'));
  await ok(host.portfwd('enable'));
  const next = await rebooted(host);
  expect((await next.run(SYSCTLS)).stdout).toBe('1\n1');
  await ok(next.portfwd('status'));
  await ok(next.portfwd('plan'));
  const script = 'sh /etc/portfwd/sysctls.sh';
  await next.run('nft flush ruleset');
  expect((await next.run(`${script} on`)).exitCode).toBe(1);
  expect((await next.run(SYSCTLS)).stdout).toBe('0\n0');
  await next.run('nft -f /etc/nftables.d/portfwd.nft');
  await ok(next.run(`${script} on lan0`));
  expect((await next.run(SYSCTLS)).stdout).toBe('0\n1');
  await ok(next.run(`${script} on`));
  await ok(next.portfwd('apply'));
  await ok(next.run(`${script} off`));
  expect((await next.run(SYSCTLS)).stdout).toBe('0\n0');
});

test('an interface that is not there yet does not fail the boot', async () => {
  const host = await started(GUARDED);
  await ok(host.portfwd('apply'));
  await ok(host.portfwd('enable'));
  await host.run('sh /etc/portfwd/sysctls.sh off; ip link delete lan0');
  const { exitCode, stderr } = await host.run('sh /etc/portfwd/sysctls.sh on');
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringMatching('lan0/route_localnet does not exist yet'),
  });
  await host.run('ip link add lan0 type bridge');
  await ok(host.run('sh /etc/portfwd/sysctls.sh on lan0'));
  expect((await host.run(SYSCTLS)).stdout).toBe('1\n1');
});

test('status tells when the boot would bring something else, or nothing', async () => {
  const host = await started(model(6000));
  await ok(host.portfwd('apply'));
  expect((await host.portfwd('status')).stdout).toMatch('boot: not enabled');
  await ok(host.portfwd('enable'));
  const file = join(host.sandbox.directory, 'etc/nftables.d/portfwd.nft');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, `${text}# mine\n`);
  expect(await host.portfwd('status')).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching('is not as portfwd wrote it'),
  });
  await execa('rm', [file]);
  expect(await host.portfwd('status')).toMatchObject({ exitCode: 1, stdout: expect.stringMatching('is missing') });
  await ok(host.portfwd('enable'));
  await ok(host.portfwd('status'));
});

const UNIT_LINK = 'etc/systemd/system/multi-user.target.wants/portfwd.service';
test.each([
  ['the drop-in', 'etc/nftables.d/portfwd.nft'],
  ['the script', 'etc/portfwd/sysctls.sh'],
  ['a link', UNIT_LINK],
  [
    'a link with a backslash in its name',
    String.raw`etc/systemd/system/sys-subsystem-net-devices-lan\x2d0.device.wants/portfwd-interface@lan\x2d0.service`,
  ],
])('after an edit of %s, the command that status prints makes enable succeed', async (_, path) => {
  const host = await started(GUARDED);
  await host.run('ip link set lan0 name lan-0');
  await ok(host.portfwd('apply'));
  await ok(host.portfwd('enable'));
  const file = join(host.sandbox.directory, path);
  await execa('sh', ['-c', 'rm "$0" && echo "# mine" >"$0"', file]);
  const { exitCode, stdout } = await host.portfwd('status');
  expect(exitCode).toBe(1);
  expect(await host.portfwd('enable')).toMatchObject({ exitCode: 3 });
  const [, command = 'false'] = /run: (mv .*); then run: portfwd enable/.exec(stdout) ?? [];
  await ok(host.run(command.replace('/root/', '/var/lib/')));
  await ok(host.portfwd('enable'));
  await ok(host.portfwd('status'));
});

test('if the boot file cannot be written, kernel and model stay as they were', async () => {
  const host = await started(model(6000));
  await ok(host.portfwd('apply'));
  await ok(host.portfwd('enable'));
  writeFileSync(join(host.sandbox.directory, 'etc/nftables.d/portfwd.nft'), '# mine\n');
  host.sandbox.write(model(6001));
  expect(await host.portfwd('apply')).toMatchObject({ exitCode: 3, stderr: expect.stringMatching('boot-foreign') });
  expect(await portsOf(host)).toEqual(['6000']);
});

test('down says that the forwards load at boot; down --purge leaves the host as it was, also the second time', async () => {
  const host = await started(GUARDED);
  const look = async (): Promise<string[]> => [
    await whole(host.sandbox.directory),
    (await host.run(`nft list ruleset; ${SYSCTLS}`)).stdout,
  ];
  await host.run('nft -f /etc/nftables.conf');
  const before = await look();
  for (const args of [['apply'], ['enable'], ['apply'], ['enable']]) await ok(host.portfwd(...args));
  expect((await host.portfwd('down')).stdout).toMatch('they are loaded again at boot');
  await ok(host.portfwd('apply'));
  expect(await look()).not.toEqual(before);
  expect(await host.portfwd('down', '--purge')).toEqual({
    exitCode: 0,
    stdout: `all forwards removed\n${host.sandbox.file} is your file and was kept`,
    stderr: '',
  });
  expect(await look()).toEqual(before);
  await ok(host.portfwd('down', '--purge'));
  expect(await look()).toEqual(before);
});

test('a ruleset that was damaged is not installed', async () => {
  const { stdout: text } = await (await started(model(6000))).portfwd('compile', '--format', 'nft');
  const marker = /pf_gen_\w+/.exec(text)?.[0] ?? '';
  const proof = { root: '', main: undefined, included: false, marker };
  expect(await proveBoot({ ...proof, text })).toEqual([]);
  const more = `${text}\ntable inet other {\n}\n`;
  for (const damaged of [
    text.slice(0, -20),
    text.replace('chain', 'chian'),
    '',
    more,
    text.replaceAll('pf_gen_', 'pf_gone_'),
  ])
    await expect(proveBoot({ ...proof, text: damaged })).rejects.toMatchObject({ reason: 'boot-refused' });
});

test('the units are sound, and exposed to little', async () => {
  const host = await started(GUARDED);
  await ok(host.portfwd('apply'));
  await ok(host.portfwd('enable'));
  const units = ['portfwd.service', 'portfwd-interface@lan0.service'];
  const analyze = async (...args: readonly string[]) => host.run(`exec systemd-analyze ${args.join(' ')}`);
  const { exitCode, stderr } = await analyze('verify', '--man=no', ...units);
  expect({ exitCode, stderr }, 'systemd-analyze is in the package systemd').toEqual({ exitCode: 0, stderr: '' });
  for (const unit of ['portfwd.service', 'portfwd-interface@.service']) {
    const { stdout } = await analyze('security', '--offline=true', `/etc/systemd/system/${unit}`);
    expect(
      Number(/Overall exposure level for .*: (?<level>[\d.]+)/.exec(stdout)?.groups?.['level']),
    ).toBeLessThanOrEqual(2);
  }
});
