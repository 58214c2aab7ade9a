import { readFileSync, statSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';

/** Never PATH: with root's rights, a file found in a directory that a user can write to is that user's program. */
const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin', '/bin', '/usr/local/bin'];

/** The Debian package, named since it is the same word nearly everywhere. */
const PACKAGES = {
  nft: 'nftables',
  ip: 'iproute2',
  conntrack: 'conntrack',
  unshare: 'util-linux',
  flock: 'util-linux',
  logger: 'bsdutils',
  sh: 'dash',
  systemctl: 'systemd',
  'systemd-run': 'systemd',
  'sensible-editor': 'sensible-utils',
  editor: 'nano',
  nano: 'nano',
  vi: 'vim-tiny',
  bridge: 'iproute2',
  iptables: 'iptables',
  ip6tables: 'iptables',
  'iptables-nft': 'iptables',
  'ip6tables-nft': 'iptables',
  'iptables-legacy': 'iptables',
  'ip6tables-legacy': 'iptables',
} as const;

export type Tool = keyof typeof PACKAGES;

/** The absolute path of a tool. Throws `tool-missing`, or `tool-untrusted` where others than root could have written it. */
export function binary(tool: Tool): string {
  for (const directory of DIRECTORIES) {
    const path = `${directory}/${tool}`;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (!isRoots(found.uid) || (found.mode & 0o022) !== 0) {
      throw new Failure(
        'tool-untrusted',
        `${path} can be changed by others than root`,
        `give it to root (chown root ${path}; chmod go-w ${path})`,
      );
    }
    return path;
  }
  throw new Failure(
    'tool-missing',
    `${tool} is not installed`,
    `install it, on Debian and Ubuntu with: apt-get install ${PACKAGES[tool]}`,
  );
}

/** Inside a user namespace that does not know it, root is shown as the overflow user (user_namespaces(7)). */
const isRoots = (uid: number): boolean => uid === 0 || (uid === OVERFLOW_UID && !isInitialUserNamespace());

const OVERFLOW_UID = 65534;

const isInitialUserNamespace = (): boolean =>
  /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
