import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBootHost, type BootHost } from '../lab/boot-host.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';

const model = (port: number): string => `version: 1\nforwards:\n  - "${port}:10.0.0.1:5000"\n`;
const OPENING =
  'version: 1\nforwarding: enable\nforwards:\n  - {listen: 6001, target: "10.0.0.2:5000", loopback: true}\n';

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
  host.sandbox.write(model(6000));
});
afterEach(async () => {
  await host.run('chattr -R -i -a /etc /var/lib /run 2>/dev/null || true; chattr -i $PORTFWD_CONFIG');
  await host.remove();
});

const COMMAND = PORTFWD_COMMAND.map((word) => `'${word}'`).join(' ');
const ok = async (...args: readonly string[]): Promise<void> =>
  expect(await host.portfwd(...args)).toMatchObject({ exitCode: 0 });

/** Kernel, sysctls, file, history and boot files. */
const everything = async (): Promise<unknown> => ({
  ...(await host.sandbox.seen()),
  files: (
    await host.run(
      'cat /proc/sys/net/ipv4/conf/lan0/route_localnet; cd /; find etc/nftables.d etc/portfwd etc/systemd var/lib/portfwd run/portfwd -name "[a-z0-9]*" ! -name lock -type f 2>/dev/null -exec sha256sum {} + | sort',
    )
  ).stdout,
});

const bind = (path: string): string => `mount --bind ${path} ${path}`;
const readOnly = (path: string): string => `${bind(path)}; mount -o remount,bind,ro ${path}`;

/** What is in the way of a change of forwards that are loaded at boot. Where chattr cannot be used, a mount is. */
const OBSTACLES: readonly (readonly [string, string])[] = [
  [
    'an immutable boot file',
    `chattr +i /etc/nftables.d/portfwd.nft || { ${readOnly('/etc/nftables.d/portfwd.nft')}; }`,
  ],
  ['an immutable unit', `chattr +i /etc/systemd/system/portfwd.service || { ${readOnly('/etc/systemd')}; }`],
  ['an immutable directory', `chattr +i /etc/nftables.d || { ${readOnly('/etc/nftables.d')}; }`],
  ['a directory to which files can only be added', `chattr +a /etc/nftables.d || { ${readOnly('/etc/nftables.d')}; }`],
  ['a read-only /etc', readOnly('/etc')],
  ['a boot file that is a mount of its own', bind('/etc/nftables.d/portfwd.nft')],
  ['the record of the boot files is a mount of its own', bind('/var/lib/portfwd/boot.json')],
  ['the saved sysctls are a mount of their own', `touch /run/portfwd/sysctls; ${bind('/run/portfwd/sysctls')}`],
];

describe('a change of forwards that are loaded at boot leaves everything as it was', () => {
  test.each(OBSTACLES)('%s', async (_, obstacle) => {
    await ok('apply');
    await ok('enable');
    const before = await everything();
    host.sandbox.write(OPENING);
    const script = `${obstacle} 2>/dev/null; exec ${COMMAND} apply`;
    const { exitCode, stderr } = await host.run(script);
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringMatching(/EPERM|EROFS|EBUSY/) });
    await host.run(
      'chattr -R -i -a /etc; rm -f /etc/nftables.d/.portfwd.nft.new; [ -s /run/portfwd/sysctls ] || rm -f /run/portfwd/sysctls',
    );
    host.sandbox.write(model(6000));
    expect(await everything()).toEqual(before);
    host.sandbox.write(OPENING);
    await ok('apply');
    await ok('status');
  });
});

describe('an edit leaves file and kernel as they were', () => {
  test.each([
    [
      'an immutable file',
      'chattr +i $PORTFWD_CONFIG || mount -o bind,ro $PORTFWD_CONFIG $PORTFWD_CONFIG',
      /EPERM|EROFS/,
    ],
    ['a file that is a mount of its own, as in a container', 'mount --bind $PORTFWD_CONFIG $PORTFWD_CONFIG', /EBUSY/],
  ])('%s', async (_, obstacle, code) => {
    await ok('apply');
    const before = await everything();
    const { exitCode, stderr } = await host.run(`${obstacle} 2>/dev/null; exec ${COMMAND} add 6001 10.0.0.1:80`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringMatching(code) });
    expect(await everything()).toEqual(before);
  });
});

test('an immutable file is refused before anything is done', async () => {
  await ok('apply');
  const dry = await host.run(
    `chattr +i $PORTFWD_CONFIG 2>/dev/null || mount -o bind,ro $PORTFWD_CONFIG $PORTFWD_CONFIG; exec ${COMMAND} add 6001 10.0.0.1:80 --dry-run`,
  );
  expect(dry).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('[config-unwritable]') });
});

test.each([['the state was lost', () => rmSync(`${host.sandbox.directory}/lib/portfwd`, { recursive: true })]])(
  '%s, and the change fails after the load: what was loaded before comes back',
  async (_, lose) => {
    host.sandbox.write(OPENING);
    await ok('apply');
    lose();
    rmSync(`${host.sandbox.directory}/run/portfwd`, { recursive: true });
    const before = await host.sandbox.seen();
    host.sandbox.write(model(6002));
    // The history cannot be written, which shows after the load.
    const obstacle =
      'mkdir -p -m 700 /var/lib/portfwd/history; echo >/var/lib/portfwd/history/000001.json; mount --bind /var/lib/portfwd/history/000001.json /var/lib/portfwd/history/000001.json; mkdir /var/lib/portfwd/history/000002.yaml';
    const { exitCode } = await host.run(`${obstacle}; exec ${COMMAND} apply`);
    expect(exitCode).toBe(3);
    expect({ ...(await host.sandbox.seen()), file: '' }).toEqual({ ...before, file: '' });
    await host.run('rm -rf /var/lib/portfwd');
    await ok('down');
    expect((await host.sandbox.seen()).forwarding).toBe('0');
  },
);
