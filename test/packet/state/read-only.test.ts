import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';

const LOCAL = 'version: 1\nforwards:\n  - "6000:10.0.0.1:5000"\n';
const OPENING =
  'version: 1\nforwarding: enable\nforwards:\n  - {listen: 6000, target: "10.0.0.2:5000", loopback: true}\n';
const PUBLISHED = 'version: 1\nforwards:\n  - {listen: 6002, target: "127.0.0.1:5000", loopback: true}\n';
const SYSCTLS = ['ip_forward', 'conf/lan0/route_localnet', 'conf/default/route_localnet'];

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
});
afterEach(async () => {
  await host.run('chattr -R -i -a /etc /var/lib /run 2>/dev/null || true');
  await host.remove();
});

const readOnly = (path: string): string => `mount --bind ${path} ${path}; mount -o remount,bind,ro ${path}`;
/** Directories of a few pages, each filled to the last byte. What is in them stays. */
const full = (...paths: readonly string[]): string =>
  paths
    .map(
      (path) =>
        `mkdir -p -m 700 ${path} /mnt/kept; cp -a ${path}/. /mnt/kept; mount -t tmpfs -o size=128k,mode=700 tmpfs ${path}; ` +
        `cp -a /mnt/kept/. ${path}; rm -rf /mnt/kept/*; cat /dev/zero >${path}/filler 2>/dev/null`,
    )
    .join('; ');
const COMMAND = PORTFWD_COMMAND.map((word) => `'${word}'`).join(' ');

const model = (text: string): void => host.sandbox.write(text);
const ok = async (...args: readonly string[]): Promise<void> =>
  expect(await host.portfwd(...args)).toMatchObject({ exitCode: 0 });
const sh = async (script: string): Promise<string> => (await host.run(script)).stdout;
const values = async (): Promise<string[]> => (await sh(`cd /proc/sys/net/ipv4; cat ${SYSCTLS.join(' ')}`)).split('\n');
const tables = async (): Promise<string> => sh('nft list tables');

describe('a read-only /proc/sys', () => {
  const RO = readOnly('/proc/sys');

  test.each([
    ['routing and 127.0.0.1 to another host', OPENING, ['pf_forward_guard', 'pf_loopback_guard'], ['1', '1', '0']],
    ['a published service', PUBLISHED, ['pf_loopback_guard'], ['0', '1', '2']],
  ])('down removes the table, keeps the guards and says what stays: %s', async (_, text, guards, left) => {
    model(text);
    await ok('apply');
    const { exitCode, stdout, stderr } = await host.run(`${RO}; exec ${COMMAND} down`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'all forwards removed' });
    expect(stderr).toMatch(/route_localnet stays 1 and was 0 before.*\[permission\]\n.*EROFS/s);
    expect(await tables()).toBe('table inet portfwd_guard');
    for (const guard of guards) expect(await sh('nft list ruleset')).toContain(guard);
    expect(await values()).toEqual(left);
    const again = await host.run(`${RO}; exec ${COMMAND} down --json`);
    expect(again).toMatchObject({ exitCode: 0 });
    expect((JSON.parse(again.stdout) as { notRestored: string[] }).notRestored).toContain(
      'net.ipv4.conf.lan0.route_localnet',
    );
    expect(await host.portfwd('status')).toMatchObject({ stdout: expect.not.stringContaining('critical') });
    await ok('down');
    expect(await values()).toEqual(['0', '0', '0']);
    expect(await tables()).toBe('');
  });

  test('after that, apply takes the guard over', async () => {
    model(OPENING);
    await ok('apply');
    await host.run(`${RO}; exec ${COMMAND} down`);
    await ok('apply');
    expect(await tables()).toBe('table inet portfwd_counters\ntable inet portfwd');
    model(LOCAL);
    await ok('apply');
    expect(await values()).toEqual(['0', '0', '0']);
  });

  test('values that are right already are not written, as in a container', async () => {
    await host.run('sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.lan0.route_localnet=1');
    model(OPENING);
    const under = async (...args: readonly string[]) => host.run(`${RO}; exec ${COMMAND} ${args.join(' ')}`);
    expect(await under('apply')).toMatchObject({ exitCode: 0 });
    model(LOCAL);
    expect(await under('apply', '--confirm', '1', '</dev/null')).toMatchObject({ exitCode: 6 });
    expect(await sh('nft list ruleset')).toContain('10.0.0.2');
    expect(await under('down')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await tables()).toBe('');
    expect((await values()).slice(0, 2)).toEqual(['1', '1']);
  });

  /** As the service manager: the next line only if the one before did not fail. */
  const STOP =
    'sed -n \'s/^ExecStop=//p\' /etc/systemd/system/portfwd.service | while read -r line; do sh -c "$line" || exit; done';

  test.each([
    ['routing and 127.0.0.1 to another host', OPENING, ['pf_forward_guard', 'pf_loopback_guard'], ['1', '1', '0']],
    ['a published service', PUBLISHED, ['pf_loopback_guard'], ['0', '1', '2']],
  ])(
    'the service stops: what stays open keeps its guard, and the service says it: %s',
    async (_, text, guards, left) => {
      model(text);
      await ok('apply');
      await ok('enable');
      const { exitCode, stderr } = await host.run(`${RO}; ${STOP}`);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringMatching(/cannot be set to 0: .*localnet/),
      });
      expect(await values()).toEqual(left);
      for (const guard of guards) expect(await sh('nft list ruleset')).toContain(guard);
      expect(await host.run(STOP)).toMatchObject({ exitCode: 0 });
      expect(await values()).toEqual(['0', '0', '0']);
      expect(await tables()).not.toMatch(/portfwd$/m);
    },
  );

  test('the forwards are gone, and routing cannot be turned off: the script loads its guard', async () => {
    model(OPENING);
    await ok('apply');
    await ok('enable');
    const script = 'sh /etc/portfwd/sysctls.sh on';
    const { exitCode, stderr } = await host.run(`nft flush ruleset; ${RO}; ${script}`);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/cannot be set to 0: .*ip_forward/),
    });
    expect(await sh('nft list table inet portfwd_guard')).toContain('pf_forward_guard');
    expect(await host.run(script)).toMatchObject({ exitCode: 1 });
    expect(await values()).toEqual(['0', '0', '0']);
    expect(await tables()).toBe('');
  });

  test('a boot: the script says which sysctl it cannot set', async () => {
    model(OPENING);
    await ok('apply');
    await ok('enable');
    await host.run('sh /etc/portfwd/sysctls.sh off');
    const { stderr } = await host.run(`${RO}; sh /etc/portfwd/sysctls.sh on`);
    expect(stderr).toContain('net/ipv4/ip_forward stays 0: it cannot be written');
    expect(await values()).toEqual(['0', '0', '0']);
    await ok('apply');
    expect(await values()).toEqual(['1', '1', '0']);
  });

  test.each([
    ['routing', OPENING, 'pf_forward_guard'],
    ['a published service', PUBLISHED, 'pf_loopback_guard'],
  ])('nor can portfwd be started: nft alone reverts the change, and loads the guard: %s', async (_, text, guard) => {
    model(LOCAL);
    await ok('apply');
    model(text);
    const alone = `sed -e 's/^is_due() {$/is_due() { return 0; }\\nis_late() {/' -e '/ timeout -k /d' /var/lib/portfwd/revert.sh >/run/alone; sh /run/alone 0`;
    await host.run(
      `{ ${COMMAND} apply --confirm 600 </dev/null >/run/out 2>&1 & }; until grep -q 'reverting in' /run/out; do sleep 0.1; done; ${RO}; ${alone}; kill -9 $!`,
    );
    expect(await sh('nft list table inet portfwd')).toContain('10.0.0.1');
    expect(await sh('nft list table inet portfwd_guard')).toContain(guard);
    await ok('rollback');
    expect(await values()).toEqual(['0', '0', '0']);
    expect(await tables()).not.toContain('portfwd_guard');
  });

  test('it became read-only while a change waited: the change goes, and what it turned on is guarded', async () => {
    model(LOCAL);
    await ok('apply');
    model(OPENING);
    const script = `{ ${COMMAND} apply --confirm 600 </dev/null >/run/out 2>&1 & }; until grep -q 'reverting in' /run/out; do sleep 0.1; done; ${RO}; ${COMMAND} rollback`;
    const { stderr } = await host.run(script);
    expect(stderr).toContain('net.ipv4.ip_forward stays 1');
    expect(await sh('nft list table inet portfwd')).not.toContain('10.0.0.2');
    expect(await sh('nft list table inet portfwd_guard')).toContain('pf_forward_guard');
    model(LOCAL);
    await ok('apply');
    expect(await values()).toEqual(['0', '0', '0']);
    expect(await tables()).toBe('table inet portfwd_counters\ntable inet portfwd');
  });
});

describe('down', () => {
  test.each([
    ['full disks', full('/run/portfwd', '/var/lib/portfwd')],
    ['a full disk for temporary files', `${full('/etc/tmp')}; export TMPDIR=/etc/tmp`],
    ['read-only disks', `${readOnly('/run/portfwd')}; ${readOnly('/var/lib/portfwd')}`],
    [
      'read-only disks, and the lock is gone',
      `rm /run/portfwd/lock; ${readOnly('/run/portfwd')}; ${readOnly('/var/lib/portfwd')}`,
    ],
    ['the directory of the lock is gone, and /run is read-only', `mv /run/portfwd /run/old; ${readOnly('/run')}`],
    ['an immutable directory', 'chattr +i /run/portfwd /var/lib/portfwd || rm /run/portfwd/lock'],
    ['a directory to which files can only be added', 'chattr +a /run/portfwd || rm /run/portfwd/lock'],
  ])('removes the forwards and restores the sysctls: %s', async (_, arrange) => {
    model(OPENING);
    await ok('apply');
    expect(await values()).toEqual(['1', '1', '0']);
    expect(await host.run(`${arrange}; exec ${COMMAND} down`)).toMatchObject({
      exitCode: 0,
      stdout: 'all forwards removed',
    });
    expect(await tables()).toBe('');
    expect(await values()).toEqual(['0', '0', '0']);
    await host.run('chattr -R -i -a /var/lib /run');
    // The state that could not be written does no harm.
    await ok('apply');
    await ok('down');
    expect(await values()).toEqual(['0', '0', '0']);
  });

  test('a change waits on a full disk, and its time is over: down removes the forwards', async () => {
    model(LOCAL);
    await ok('apply');
    model(OPENING);
    const kill = `kill -9 $!; sed -i 's/"deadline":[0-9.]*/"deadline":0/' /var/lib/portfwd/window.json`;
    const script = `{ ${COMMAND} apply --confirm 600 </dev/null >/run/out 2>&1 & }; until grep -q 'reverting in' /run/out; do sleep 0.1; done; ${kill}; ${full('/var/lib/portfwd')}; exec ${COMMAND} down`;
    expect(await host.run(script)).toMatchObject({ exitCode: 0 });
    expect(await tables()).toBe('');
    expect(await values()).toEqual(['0', '0', '0']);
  });

  test('nft says that it removed the table, and did not: down fails', async () => {
    model(LOCAL);
    await ok('apply');
    const lying =
      'nft=$(readlink -f "$(command -v nft)"); cp "$nft" /run/real; ' +
      `printf '#!/bin/sh\\ncase "$*" in *list*|*-c*|*--version*) exec /run/real "$@";; esac\\n' >/run/fake; chmod 755 /run/fake; mount --bind /run/fake "$nft"`;
    expect(await host.run(`${lying}; exec ${COMMAND} down`)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('still holds the table inet portfwd'),
    });
  });
});
