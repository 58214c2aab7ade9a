import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { withNftAlone } from '../lab/revert-script.ts';
import { startSandbox, type Sandbox } from '../lab/sandbox.ts';
import { startBootHost } from '../lab/boot-host.ts';

const OPEN = 'version: 1\nforwards:\n  - "6000:10.0.0.2:5000"\n';
const ENABLE = OPEN.replace('forwards:', 'forwarding: enable\nforwards:');
const LOCAL = 'version: 1\nforwards:\n  - "6001:10.0.0.1:5000"\n';

/** Two network namespaces that share the state directory and the file. */
let first: Sandbox;
let second: Sandbox;
beforeEach(async () => {
  first = await startSandbox();
  second = await startSandbox(first);
});
afterEach(async () => {
  await second.remove();
  await first.remove();
});

const ok = async (sandbox: Sandbox, ...args: readonly string[]): Promise<void> =>
  expect(await sandbox.portfwd(...args)).toMatchObject({ exitCode: 0 });
const forwarding = async (sandbox: Sandbox): Promise<string> => (await sandbox.seen()).forwarding;

test('--enable-forwarding of one does not turn routing on in the other', async () => {
  first.write(OPEN);
  await ok(first, 'apply', '--enable-forwarding');
  expect(await second.portfwd('apply')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('forwarding-off'),
  });
  expect(await forwarding(second)).toBe('0');
});

test('one does not forget what the other has to restore', async () => {
  first.write(ENABLE);
  await ok(first, 'apply');
  await ok(second, 'apply');
  await ok(second, 'down');
  expect([await forwarding(first), await forwarding(second)]).toEqual(['1', '0']);
  await ok(first, 'down');
  expect(await forwarding(first)).toBe('0');
});

test('a failed change in one does not load the forwards of the other', async () => {
  first.write(OPEN.replace('forwards:', 'forwarding: ignore\nforwards:'));
  await ok(first, 'apply');
  first.write(LOCAL);
  await ok(second, 'apply', '--confirm', '1').catch(() => undefined);
  expect((await second.seen()).ruleset).toBe('');
});

test('a change that is reverted in one, after the other loaded the same, leaves the other alone', async () => {
  first.write(OPEN.replace('forwards:', 'forwarding: ignore\nforwards:'));
  await ok(first, 'apply');
  first.write(LOCAL);
  const run = first.start(['apply', '--confirm', '600']);
  await run.waitForOutput('reverting in');
  const file = join(first.state, 'window.json');
  const pending = readFileSync(file, 'utf8');
  // The second one has the same ruleset, of its own state until now.
  await second.run(['env', `PORTFWD_STATE_DIR=${join(first.directory, 'other')}`, ...PORTFWD_COMMAND, 'apply']);
  const before = (await second.seen()).ruleset;
  expect(before).toContain('6001');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(pending) as object), deadline: -1000 }));
  await second.portfwd('status');
  expect((await second.seen()).ruleset).toBe(before);
  await run.ended;
});

test('the script that reverts with nft alone does nothing in the other', async () => {
  first.write(OPEN.replace('forwards:', 'forwarding: ignore\nforwards:'));
  await ok(first, 'apply');
  first.write(LOCAL);
  const run = first.start(['apply', '--confirm', '600']);
  await run.waitForOutput('reverting in');
  const script = join(first.state, 'revert.sh');
  const text = withNftAlone(readFileSync(script, 'utf8'));
  await second.run(['sh', '-c', text, 'revert.sh', '0']);
  expect((await second.seen()).ruleset).toBe('');
  await first.run(['sh', '-c', text, 'revert.sh', '0']);
  expect((await first.seen()).ruleset).toContain('6000');
  await first.portfwd('rollback');
  await run.ended;
});

test('a record of an older portfwd counts only where the kernel holds its ruleset', async () => {
  first.write(OPEN);
  await ok(first, 'apply', '--enable-forwarding');
  const file = join(first.state, 'applied.json');
  const { network, ...older } = JSON.parse(readFileSync(file, 'utf8')) as { network: string };
  expect(network).toMatch(/^[0-9a-f-]{36} net:\[\d+\]$/);
  writeFileSync(file, JSON.stringify(older));
  await ok(first, 'apply');
  writeFileSync(file, JSON.stringify(older));
  expect(await second.portfwd('apply')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('forwarding-off'),
  });
});

/** portfwd in this namespace, or in that of the sandbox with this name. Process 1 is in this one. */
function withOwnProcessOne(name: string | undefined, args: string): string {
  const portfwd = `${PORTFWD_COMMAND.join(' ')} ${args}`;
  const inside = name === undefined ? portfwd : `nsenter --net=/proc/self/fd/9 ${portfwd}`;
  const namespace = name === undefined ? 'self/ns/net' : `${process.pid}/root/run/netns/${name}`;
  return `exec 9</proc/${namespace}; exec unshare --pid --fork --mount-proc sh -c '${inside}; exit $?'`;
}

test.each([
  ['', 'true'],
  [', as the first command after a boot', 'rm -r /run/portfwd'],
  [', after the record was damaged', 'echo x >/run/portfwd/enabled'],
])('a change in another namespace does not change what the host loads at boot%s', async (_, event) => {
  const host = await startBootHost();
  const other = await startSandbox(host.sandbox);
  try {
    host.sandbox.write(LOCAL);
    expect(await host.portfwd('apply')).toMatchObject({ exitCode: 0 });
    expect(await host.portfwd('enable')).toMatchObject({ exitCode: 0 });
    const bootFile = (): string => readFileSync(join(host.sandbox.directory, 'etc/nftables.d/portfwd.nft'), 'utf8');
    const before = bootFile();
    host.sandbox.write(LOCAL.replace('6001', '6002'));
    await host.run(event);
    const inOther = async (args: string) => host.run(withOwnProcessOne(other.name, args));
    expect(await inOther('apply')).toMatchObject({ exitCode: 0 });
    expect((await other.seen()).ruleset).toContain('6002');
    expect(bootFile()).toBe(before);
    expect(await host.run(withOwnProcessOne(undefined, 'apply'))).toMatchObject({ exitCode: 0 });
    expect(bootFile()).not.toBe(before);
    expect(await inOther('down --purge')).toMatchObject({ exitCode: 0 });
    expect(host.has('etc/nftables.d/portfwd.nft')).toBe(true);
    expect((await host.portfwd('status')).stdout).toContain('boot: ');
    expect(await host.portfwd('disable')).toMatchObject({
      exitCode: 0,
      stdout: 'the forwards are no longer loaded at boot',
    });
  } finally {
    await other.remove();
    await host.remove();
  }
});

test('the script of the service restores the values of its own namespace, and keeps those of another one', async () => {
  const host = await startBootHost();
  try {
    host.sandbox.write(ENABLE);
    expect(await host.portfwd('apply')).toMatchObject({ exitCode: 0 });
    expect(await host.portfwd('enable')).toMatchObject({ exitCode: 0 });
    const others = '"$(cat /proc/sys/kernel/random/boot_id) net:[1] net/ipv4/ip_forward 0"';
    await host.run(`echo ${others} >>/run/portfwd/sysctls`);
    const { stdout } = await host.run(
      'sh /etc/portfwd/sysctls.sh off; cat /proc/sys/net/ipv4/ip_forward; cut -d" " -f2- /run/portfwd/sysctls',
    );
    expect(stdout).toBe('0\nnet:[1] net/ipv4/ip_forward 0');
    expect(await host.portfwd('down')).toMatchObject({ exitCode: 0 });
    expect((await host.run('wc -l </run/portfwd/sysctls')).stdout).toBe('1');
  } finally {
    await host.remove();
  }
});
