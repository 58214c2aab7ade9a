import { statSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { isRoot } from './trusted-owner.ts';

/** PATH is not used: with a directory in it that a user can write to, root would run that user's program. */
const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin', '/bin', '/usr/local/bin'];

/** The Debian package of each tool. Other distributions mostly use the same name. */
const PACKAGES = {
  nft: 'nftables',
  ip: 'iproute2',
  conntrack: 'conntrack',
  perl: 'perl-base',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  flock: 'util-linux',
  logger: 'bsdutils',
  sh: 'dash',
  systemctl: 'systemd',
  'systemd-run': 'systemd',
  'rc-service': 'openrc',
  'sensible-editor': 'sensible-utils',
  editor: 'nano',
  nano: 'nano',
  vi: 'vim-tiny',
  cp: 'coreutils',
  bridge: 'iproute2',
  iptables: 'iptables',
  ip6tables: 'iptables',
  'iptables-nft': 'iptables',
  'ip6tables-nft': 'iptables',
  'iptables-legacy': 'iptables',
  'ip6tables-legacy': 'iptables',
} as const;

export type Tool = keyof typeof PACKAGES;

/** The absolute path of a tool. Throws `tool-missing`, or `tool-untrusted` if a non-root user can change it. */
export function binary(tool: Tool): string {
  for (const directory of DIRECTORIES) {
    const path = `${directory}/${tool}`;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (!isRoot(found.uid) || (found.mode & 0o022) !== 0) {
      throw new Failure(
        'tool-untrusted',
        `${path} can be changed by a non-root user`,
        `check where it comes from; if it is unchanged, run: chown root ${path} && chmod go-w ${path}`,
      );
    }
    return path;
  }
  throw new Failure(
    'tool-missing',
    `${tool} is not installed`,
    `install the package ${PACKAGES[tool]} (Debian and Ubuntu: apt-get install ${PACKAGES[tool]})`,
  );
}
