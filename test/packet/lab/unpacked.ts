import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';

/** Unpacks packages of this distribution that are not installed. scripts/setup has downloaded them. */
const GET = new URL('../../../scripts/get-package', import.meta.url).pathname;

/** Programs with an /etc and /usr of their own, which the machine does not see. */
export interface Unpacked {
  /** Runs a script on the host, which sees the programs. */
  readonly run: (script: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** `packages`: the name of each, and a file that shows that it is installed. `more`: a script before the first one. */
async function unpack(
  packages: readonly (readonly [string, string])[],
  more: (root: string) => string = () => '',
): Promise<Unpacked> {
  const roots: string[] = [];
  for (const [name, file] of packages) roots.push((await execa(GET, [name, file])).stdout);
  const upper = `/run/unpacked-${packages[0]?.[0]}`;
  const copies = roots
    .filter((root) => root !== '/')
    .map(
      (root) => `for at in etc usr; do [ ! -e ${root}/$at ] || cp -a ${root}/$at/. $at; done
      [ ! -d ${root}/lib ] || { mkdir -p usr/lib && cp -an ${root}/lib/. usr/lib/; }`,
    );
  // Not in the namespace of the host: the mount would end with the command.
  await execa('sh', [
    '-euc',
    `mkdir -p ${upper} && mount -t tmpfs tmpfs ${upper} && cd ${upper} && mkdir etc usr work work2
    ${copies.join('\n')}
    ${more(roots[0] ?? '/')}`,
  ]);
  // A process keeps the mounts.
  const keeper = spawn(
    'ip',
    ['netns', 'exec', 'host', 'unshare', '-m', 'sh', '-ec', `${mountsOver(upper)}; echo ready; exec sleep infinity`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [said] = (await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')])) as unknown[];
  if (String(said) !== 'ready\n') throw new Error(`cannot mount the files of ${packages[0]?.[0]}`);
  return {
    run: async (script) =>
      (await execa('nsenter', ['-t', String(keeper.pid), '-m', '-n', 'sh', '-euc', script], { all: true })).all,
    stop: async () => {
      await ended(keeper);
      await execa('umount', ['-l', upper]);
    },
  };
}

const mountsOver = (upper: string): string =>
  `mount -t overlay overlay -o lowerdir=/etc,upperdir=${upper}/etc,workdir=${upper}/work /etc
  mount -t overlay overlay -o lowerdir=/usr,upperdir=${upper}/usr,workdir=${upper}/work2 /usr`;

async function ended(process: ChildProcess): Promise<void> {
  const end = once(process, 'exit');
  process.kill('SIGKILL');
  await end;
}

export const unpackUfw = async (): Promise<Unpacked> =>
  unpack(
    [['ufw', 'usr/sbin/ufw']],
    (root) => `share=${root}/usr/share/ufw
    mkdir -p etc/ufw && cp $share/ufw.conf $share/*.init $share/iptables/*.rules etc/ufw/`,
  );

const PYTHON = 'usr/lib/python3/dist-packages';

/** Starts firewalld with a D-Bus of its own. */
export async function startFirewalld(): Promise<Unpacked> {
  const unpacked = await unpack([
    ['firewalld', 'usr/sbin/firewalld'],
    ['python3-firewall', `${PYTHON}/firewall`],
    ['python3-nftables', `${PYTHON}/nftables`],
    ['python3-dbus', `${PYTHON}/dbus`],
    ['python3-gi', `${PYTHON}/gi`],
    ['dbus-daemon', 'usr/bin/dbus-daemon'],
  ]);
  // Without polkit, firewalld asks for root only.
  await unpacked.run(`mount -t tmpfs tmpfs /run; mkdir /run/dbus
    rm -f /usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service
    dbus-daemon --system --fork --print-pid > /run/pids
    setsid firewalld --nofork --nopid > /run/firewalld.log 2>&1 &
    echo $! >> /run/pids`);
  await unpacked.run(
    'for count in $(seq 600); do ! firewall-cmd --state > /dev/null 2>&1 || exit 0; sleep 0.1; done; cat /run/firewalld.log; false',
  );
  return {
    run: unpacked.run,
    stop: async () => {
      await unpacked.run('kill $(cat /run/pids)');
      await unpacked.stop();
    },
  };
}
