import { accessSync, constants, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/**
 * A sysctl is named by its path below /proc/sys, since interface names can contain dots:
 * `net/ipv4/conf/eth0.7/route_localnet`. Undefined if it does not exist (the interface was removed) or may not be read.
 * Other errors are thrown, since a value that seems to be absent would not be restored.
 */
export function readSysctl(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** The interfaces with settings of a family. From /proc, which shows the network namespace of this process. */
export function readInterfaces(family: 'ipv4' | 'ipv6'): string[] {
  try {
    return readdirSync(`/proc/sys/net/${family}/conf`).filter((name) => name !== 'all' && name !== 'default');
  } catch {
    return [];
  }
}

/** Does nothing if the sysctl does not exist: its interface was removed. Throws `permission`. */
export const writeSysctl = (path: string, value: string): void =>
  orPermissionFailure(path, value, () => writeFileSync(`/proc/sys/${path}`, value));

/** Throws if `writeSysctl` would. Sets nothing. */
export const inspectSysctl = (path: string, value: string): void =>
  orPermissionFailure(path, value, () => accessSync(`/proc/sys/${path}`, constants.W_OK));

function orPermissionFailure(path: string, value: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return;
    throw new Failure(
      'permission',
      `the sysctl ${path.replaceAll('/', '.')} cannot be set to ${value} (${code})`,
      'run as root; in a container, mount /proc/sys writable',
    );
  }
}

/** Values of sysctls before portfwd changed them, by path. Valid until the next boot. */
export type SavedSysctls = Readonly<Record<string, string>>;

/** Lines `BOOT NETWORK PATH VALUE`, oldest first. The boot script /etc/portfwd/sysctls.sh reads and writes it too. */
export const SAVED_SYSCTLS_FILE = 'sysctls';

/** Entries of another boot or network namespace are ignored. */
export function readSaved(directory: string): SavedSysctls {
  const here = `${thisNetwork()} `;
  const values: Record<string, string> = {};
  for (const line of (readStateFile(directory, SAVED_SYSCTLS_FILE) ?? '').split('\n')) {
    // An interface name cannot contain a space.
    const [path, value] = line.startsWith(here) ? line.slice(here.length).split(' ') : [];
    if (path !== undefined && value !== undefined) values[path] ??= value;
  }
  return values;
}

export const writeSaved = (directory: string, values: SavedSysctls): void =>
  writeStateFile(
    directory,
    SAVED_SYSCTLS_FILE,
    Object.entries(values)
      .map(([path, value]) => `${thisNetwork()} ${path} ${value}\n`)
      .join(''),
  );

/** The boot and the network namespace that this process is in. */
export const thisNetwork = (): string => `${readSysctl('kernel/random/boot_id')} ${readlinkSync('/proc/self/ns/net')}`;
