import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';

const FORWARD = { name: 'web', protocol: ['udp'], listen: '6000', target: '10.0.0.1:5000' };
const modelOf = (rest: object, ...forwards: readonly object[]): string =>
  JSON.stringify({ version: 1, ...rest, forwards });

let hosts: BootHost[];
let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
  hosts = [host];
  host.sandbox.write(modelOf({}, FORWARD));
  for (const command of ['apply', 'enable']) await succeeds(command);
});
afterEach(async () => {
  for (const one of hosts) await one.remove();
});

async function succeeds(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await host.portfwd(...args);
  expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
  return stdout;
}

/** Each datagram has 28 bytes of headers. */
const send = async (...sizes: readonly number[]): Promise<void> => {
  for (const size of sizes)
    expect(await host.run(`head -c ${size} /dev/zero | bash -c 'cat >/dev/udp/10.0.0.1/6000'`)).toMatchObject({
      exitCode: 0,
    });
};

const usage = async (): Promise<object | undefined> =>
  (JSON.parse(await succeeds('stats', '--json')) as { readonly forwards: readonly object[] }).forwards[0];

const usedBy = (...sizes: readonly number[]): object => ({
  connections: sizes.length,
  received: { packets: sizes.length, bytes: sizes.reduce((sum, size) => sum + size + 28, 0) },
});

const UNIT = '/etc/systemd/system/portfwd-counters.service';
const runs = async (key: string): Promise<void> => {
  const { exitCode, stderr } = await host.run(
    `line=$(sed -n 's/^${key}=-\\{0,1\\}//p' ${UNIT}) && [ -n "$line" ] && $line`,
  );
  expect(`${exitCode} ${stderr}`).toBe('0 ');
};

/** The boot identifier does not change in the test, and the network namespace does. */
async function reboot(): Promise<void> {
  await runs('ExecStop');
  host = await host.reboot();
  hosts.push(host);
}

test('values survive reboots, without and with a command between them', async () => {
  await send(100, 200);
  await reboot();
  expect(await usage()).toMatchObject(usedBy(100, 200));
  await send(300);
  expect(await usage()).toMatchObject(usedBy(100, 200, 300));
  await reboot();
  await send(1);
  await reboot();
  await succeeds('apply');
  await succeeds('apply');
  expect(await usage()).toMatchObject(usedBy(100, 200, 300, 1));
  expect((await host.run('ls /var/lib/portfwd')).stdout).not.toContain('.listing');
});

test('a restart of the firewall saves the values first, also several times within a second', async () => {
  for (const size of [100, 200, 300]) {
    await send(size);
    await runs('ExecStop');
    await runs('ExecStop');
    await host.run('nft flush ruleset');
    await runs('ExecStart');
    await host.run('nft -f /etc/nftables.d/portfwd.nft');
  }
  await send(400);
  expect(await usage()).toMatchObject(usedBy(100, 200, 300, 400));
});

test('listings that are in the sums and cannot be removed do not count again', async () => {
  await send(100);
  await runs('ExecStop');
  await host.run('cd /var/lib/portfwd && mkdir -m 700 /etc/kept && cp *.listing /etc/kept');
  await reboot();
  await succeeds('apply');
  await host.run('cp /etc/kept/*.listing /var/lib/portfwd');
  await succeeds('apply');
  expect(await usage()).toMatchObject(usedBy(100));
});

test('a listing that was cut off is left out, and the forwards load', async () => {
  await send(100);
  await runs('ExecStop');
  await host.run('for file in /var/lib/portfwd/*.listing; do head -c 400 $file >/etc/cut && cat /etc/cut >$file; done');
  host = await host.reboot();
  hosts.push(host);
  expect(await usage()).toMatchObject(usedBy());
  await succeeds('apply');
});

test('the service saves nothing without a table or without values', async () => {
  await runs('ExecStop');
  await host.run('nft delete table inet portfwd_counters');
  await runs('ExecStop');
  expect((await host.run('ls /var/lib/portfwd')).stdout).not.toContain('.listing');
});

test('counters: false takes the service away, and disable does', async () => {
  host.sandbox.write(modelOf({ counters: false }, FORWARD));
  await succeeds('apply');
  expect(host.has('/etc/systemd/system/portfwd.service')).toBe(true);
  expect(host.has(UNIT)).toBe(false);
  host.sandbox.write(modelOf({}, FORWARD));
  await succeeds('apply');
  expect(host.has(UNIT)).toBe(true);
  await succeeds('disable');
  for (const path of [UNIT, '/etc/portfwd/counters.sh', '/etc/portfwd/counters.nft'])
    expect(host.has(path)).toBe(false);
});

test('a damaged table does not keep the forwards from loading', async () => {
  await host.run(
    'nft flush ruleset && nft add table inet portfwd_counters && nft "add set inet portfwd_counters pf_sent4 { type ipv4_addr; }"',
  );
  await host.run(`line=$(sed -n 's/^ExecStart=-//p' ${UNIT}) && $line`);
  expect(
    await host.run('line=$(sed -n "s/^ExecStart=//p" /etc/systemd/system/portfwd.service) && $line'),
  ).toMatchObject({ exitCode: 0 });
  await succeeds('apply');
  await send(50);
  expect(await usage()).toMatchObject(usedBy(50));
});
