import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BootFacts } from '../../boot/boot-plan.ts';
import { readInRoot, resolveInRoot } from '../files/root-path.ts';

/** Reads files of this host, or of the tree of another one. Runs no program. */
export function readBootFacts(root: string): BootFacts {
  const has = (path: string): boolean => resolveInRoot(root, path) !== undefined;
  return {
    distribution: distribution(root),
    fw4: FW4.find(has),
    main: mainFile(root),
    nftablesEnabled: isEnabled(root),
    manager: manager(has),
    nft: NFT.find(has) ?? '/usr/sbin/nft',
  };
}

const NFT = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft', '/usr/local/sbin/nft'];
const FW4 = ['/etc/openwrt_release', '/sbin/fw4', '/usr/share/firewall4'];

function distribution(root: string): string {
  const text = readInRoot(root, '/etc/os-release') ?? readInRoot(root, '/usr/lib/os-release') ?? '';
  return /^PRETTY_NAME="?(?<name>[^"\n]+)"?$/m.exec(text)?.groups?.['name'] ?? 'this system';
}

function manager(has: (path: string) => boolean): BootFacts['manager'] {
  if (['/lib/systemd/systemd', '/usr/lib/systemd/systemd', '/usr/bin/systemctl'].some(has)) return 'systemd';
  return ['/sbin/openrc-run', '/usr/sbin/openrc-run', '/usr/bin/openrc-run'].some(has) ? 'openrc' : undefined;
}

/** The file that the nftables service loads; else the default of Debian and Arch, Fedora, Alpine, openSUSE or Gentoo. */
function mainFile(root: string): BootFacts['main'] {
  const named = SERVICES.flatMap((path) => readInRoot(root, path) ?? []).flatMap(filesNamed);
  for (const path of [...named, ...MAIN]) {
    const text = readInRoot(root, path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

const SERVICES = [
  '/etc/systemd/system/nftables.service',
  '/usr/lib/systemd/system/nftables.service',
  '/lib/systemd/system/nftables.service',
  '/etc/conf.d/nftables',
];

const MAIN = [
  '/etc/nftables.conf',
  '/etc/sysconfig/nftables.conf',
  '/etc/nftables.nft',
  '/etc/nftables/rules/main.nft',
  '/var/lib/nftables/rules-save',
];

/** `ExecStart=/usr/sbin/nft -f FILE`, `ExecStart=/usr/sbin/nft 'flush ruleset; include "FILE"'`, `rules_file="FILE"`. */
const filesNamed = (service: string): string[] =>
  [
    ...service.matchAll(
      /^(?:ExecStart=.*?(?:-f\s+|include\s+\\?")|(?:rules_file|NFTABLES_SAVE)=["']?)(\/[^\s"'\\;]+)/gm,
    ),
  ].flatMap(([, path]) => path ?? []);

function isEnabled(root: string): boolean {
  const under = (path: string, name: string): boolean => {
    const directory = resolveInRoot(root, path);
    return (
      directory !== undefined &&
      readdirSync(directory).some((entry) => existsAt(join(directory, entry, name), entry, name))
    );
  };
  return under('/etc/systemd/system', 'nftables.service') || under('/etc/runlevels', 'nftables');
}

/** A link whose target does not exist here counts: it may exist in the other tree's root. */
const existsAt = (path: string, entry: string, name: string): boolean =>
  (name === 'nftables' || entry.endsWith('.wants') || entry.endsWith('.requires')) &&
  lstatSync(path, { throwIfNoEntry: false }) !== undefined;
