import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const MODEL = 'version: 1\nforwarding: ignore\nforwards:\n  - "6000:10.0.0.2:5000"\n';

/** A tree of another host: what its distribution has there, as far as it matters to the boot. */
export interface Tree {
  readonly root: string;
  readonly read: (path: string) => string;
  readonly remove: () => void;
}

export const SYSTEMD = { 'usr/lib/systemd/systemd': '' };
const OPENRC = { 'sbin/openrc-run': '' };
/** The service starts at boot. */
const ENABLED = { 'etc/runlevels/boot/nftables': '' };

const FILTER = 'table inet host {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy drop;\n\t}\n}\n';
const INCLUDE = 'include "/etc/nftables.d/*.nft"\n';

/** As the distributions' packages have them. */
export const DISTRIBUTIONS: Readonly<
  Record<string, { readonly main: string; readonly files: Record<string, string> }>
> = {
  'Debian, as this machine has it': {
    main: 'etc/nftables.conf',
    files: { ...SYSTEMD, 'etc/nftables.conf': readFileSync('/etc/nftables.conf', 'utf8') },
  },
  Debian: { main: 'etc/nftables.conf', files: { ...SYSTEMD, 'etc/nftables.conf': `flush ruleset\n${FILTER}` } },
  Fedora: {
    main: 'etc/sysconfig/nftables.conf',
    files: { ...SYSTEMD, 'etc/sysconfig/nftables.conf': `#include "/etc/nftables/main.nft"\n${FILTER}` },
  },
  Arch: {
    main: 'etc/nftables.conf',
    files: { ...SYSTEMD, 'etc/nftables.conf': `table inet filter\ndelete table inet filter\n${FILTER}` },
  },
  openSUSE: {
    main: 'etc/nftables/rules/main.nft',
    files: {
      ...SYSTEMD,
      'usr/lib/systemd/system/nftables.service': `[Service]\nExecStart=/usr/sbin/nft 'flush ruleset; include "/etc/nftables/rules/main.nft"'\n`,
      'etc/nftables/rules/main.nft': FILTER,
    },
  },
  Alpine: {
    main: 'etc/nftables.nft',
    files: { ...OPENRC, ...ENABLED, 'etc/nftables.nft': `flush ruleset\n${FILTER}${INCLUDE}` },
  },
  'Alpine, where the service is not enabled': {
    main: 'etc/nftables.nft',
    files: { ...OPENRC, 'etc/nftables.nft': `flush ruleset\n${FILTER}${INCLUDE}` },
  },
  'an include before the flush': {
    main: 'etc/nftables.conf',
    files: { ...SYSTEMD, 'etc/nftables.conf': `${INCLUDE}flush ruleset\n${FILTER}` },
  },
};

export const OPENWRT = { 'etc/openwrt_release': '', 'etc/fw4.nft': `table inet fw4 {\n\t${INCLUDE}}\n` };
export const IN_TABLE = { ...SYSTEMD, 'etc/nftables.conf': `table inet fw4 {\n\t${INCLUDE}}\n` };

export function plant(files: Readonly<Record<string, string>>): Tree {
  const root = mkdtempSync(join(tmpdir(), 'portfwd-tree-'));
  const all = { 'etc/portfwd/portfwd.yaml': MODEL, 'etc/os-release': 'PRETTY_NAME="A tree"\n', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return {
    root,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    remove: () => rmSync(root, { recursive: true }),
  };
}

export const link = ({ root }: Tree, target: string, path: string): void => symlinkSync(target, join(root, path));

/** Every file with its mode and content, every directory, every link: what must be the same after all is undone. */
export async function whole(root: string): Promise<string> {
  const script = 'cd "$0" && find . -printf "%p %y %m %l\\n" | sort && find . -type f -exec sha256sum {} + | sort';
  return (await execa('sh', ['-c', script, root])).stdout;
}

/** The words of a unit, in its order; what is run where it may fail begins with a dash. */
export const linesOf = (unit: string, key: string): string[] =>
  unit.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? line.slice(key.length + 1).replace(/^-/, '') : []));

/** A fresh network with the tree's /etc as its own: what its boot would run. */
export async function inTree(
  { root }: Tree,
  script: string,
): Promise<{ readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(
    'unshare',
    ['-nm', 'sh', '-c', `mount --rbind "$0/etc" /etc && mount -t tmpfs run /run && ${script}`, root],
    { reject: false },
  );
  return { exitCode, stdout, stderr };
}
