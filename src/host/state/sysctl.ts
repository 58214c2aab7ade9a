import { accessSync, constants, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/**
 * A sysctl is named by its path below /proc/sys, since interface names may hold dots:
 * `net/ipv4/conf/eth0.7/route_localnet`. Undefined where there is none, such as of an interface that is gone, or
 * none that we may read: another error must not look like that, or its value would be forgotten.
 */
export function readSysctl(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** An interface that is gone took its sysctls along: nothing is left to set. */
export const writeSysctl = (path: string, value: string): void =>
  settable(path, value, () => writeFileSync(`/proc/sys/${path}`, value));

/** Throws where `writeSysctl` would; sets nothing. */
export const inspectSysctl = (path: string, value: string): void =>
  settable(path, value, () => accessSync(`/proc/sys/${path}`, constants.W_OK));

function settable(path: string, value: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return;
    throw new Failure(
      'permission',
      `the sysctl ${path.replaceAll('/', '.')} cannot be set to ${value} (${code})`,
      'run as root, where /proc/sys can be written',
    );
  }
}

/** The values that sysctls had before portfwd changed them. They end with the boot, as the sysctls do. */
export type SavedSysctls = Readonly<Record<string, string>>;

/** Also written by what restores them at boot, a shell: `BOOT NETWORK PATH VALUE` on each line, the oldest first. */
export const SAVED_SYSCTLS_FILE = 'sysctls';

/** What another boot or another network namespace left in a directory that outlives it says nothing about this one. */
export function readSaved(directory: string): SavedSysctls {
  const here = `${thisNetwork()} `;
  const values: Record<string, string> = {};
  for (const line of (readStateFile(directory, SAVED_SYSCTLS_FILE) ?? '').split('\n')) {
    // No interface has a space in its name.
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
