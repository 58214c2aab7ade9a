import { accessSync, constants, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';
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
export type Remembered = Readonly<Record<string, string>>;

const FILE = 'sysctls.json';

/** What another boot or another network namespace left in a directory that outlives it says nothing about this one. */
export function readRemembered(directory: string): Remembered {
  const { of, values } = parse(readStateFile(directory, FILE) ?? '{}', join(directory, FILE));
  return of === thisNetwork() ? (values ?? {}) : {};
}

/** Throws `state-directory`: to take it for empty would leave the sysctls as they are for ever. */
function parse(text: string, path: string): { readonly of?: string; readonly values?: Remembered } {
  try {
    return { ...(JSON.parse(text) as object) };
  } catch {
    throw new Failure(
      'state-directory',
      `${path} is damaged, and what the sysctls were before portfwd is not known`,
      'look at net.ipv4.ip_forward, net.ipv6.conf.all.forwarding and the route_localnet of your interfaces, and remove that file',
    );
  }
}

export const writeRemembered = (directory: string, values: Remembered): void =>
  writeStateFile(directory, FILE, `${JSON.stringify({ of: thisNetwork(), values })}\n`);

/** The boot and the network namespace that this process is in. */
export const thisNetwork = (): string => `${readSysctl('kernel/random/boot_id')} ${readlinkSync('/proc/self/ns/net')}`;
