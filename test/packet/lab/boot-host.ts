import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PORTFWD_COMMAND } from './lab.ts';
import { startSandbox, type Sandbox } from './sandbox.ts';

type Ended = Awaited<ReturnType<Sandbox['run']>>;

/** A sandbox with an /etc, a /var/lib and a /run of its own: state and boot files are where they are by default. */
export interface BootHost {
  readonly sandbox: Sandbox;
  readonly run: (script: string, ...args: readonly string[]) => Promise<Ended>;
  readonly portfwd: (...args: readonly string[]) => Promise<Ended>;
  /**
   * A copy of the disk in a fresh network, after what its boot runs: the kernel forgets, the disk does not. `first`: a
   * script that runs before that.
   */
  readonly reboot: (first?: string) => Promise<BootHost>;
  readonly remove: () => Promise<void>;
  readonly has: (path: string) => boolean;
}

/** What programs look for there. */
const FOUND = [
  'nftables.conf',
  'os-release',
  'protocols',
  'services',
  'passwd',
  'group',
  'ld.so.cache',
  'alternatives',
];

export async function startBootHost(): Promise<BootHost> {
  const sandbox = await startSandbox();
  for (const name of ['etc', 'lib', 'run']) mkdirSync(join(sandbox.directory, name));
  for (const name of FOUND.filter((one) => existsSync(`/etc/${one}`)))
    cpSync(`/etc/${name}`, join(sandbox.directory, 'etc', name), { recursive: true, verbatimSymlinks: true });
  return hostOn(sandbox);
}

function hostOn(sandbox: Sandbox): BootHost {
  const { directory, file } = sandbox;
  const mounts = [
    ...['/etc', '/run'].map((path) => `mount --bind ${directory}${path} ${path}`),
    `mount --bind ${directory}/lib /var/lib`,
  ].join(' && ');
  const run = async (script: string, ...args: readonly string[]): Promise<Ended> =>
    sandbox.run([
      'unshare',
      '-m',
      'sh',
      '-c',
      `${mounts} && unset PORTFWD_STATE_DIR NODE_EXTRA_CA_CERTS && ${script}`,
      'sh',
      ...args,
    ]);
  return {
    sandbox,
    run,
    portfwd: async (...args) => run('exec "$@"', ...PORTFWD_COMMAND, ...args),
    has: (path) => existsSync(join(directory, path)),
    reboot: async (first = 'true') => {
      const disk = mkdtempSync(join(tmpdir(), 'portfwd-disk-'));
      for (const name of ['etc', 'lib'])
        cpSync(join(directory, name), join(disk, name), { recursive: true, verbatimSymlinks: true });
      mkdirSync(join(disk, 'run'));
      cpSync(file, join(disk, 'portfwd.yaml'));
      const next = hostOn(await startSandbox({ directory: disk }));
      await next.run(
        `${first}; nft -f /etc/nftables.conf; for unit in portfwd-counters portfwd; do unit=/etc/systemd/system/$unit.service; ${STARTS}; done`,
      );
      return next;
    },
    remove: async () => {
      await sandbox.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** As the service manager would, line by line, until one fails. */
const STARTS = `sed -n 's/^ExecStart\\(Post\\)\\{0,1\\}=-\\{0,1\\}//p' $unit 2>/dev/null | while read -r line; do sh -c "$line" || exit; done`;
