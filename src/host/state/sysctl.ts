import { accessSync, constants, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';

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
