import { readFile, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ObservedSocket } from '../../diagnose/observations.ts';

/** As the kernel lists it: `::` takes IPv4 too, unless the program set IPV6_V6ONLY, which the kernel does not show. */
export type ListeningSocket = Omit<ObservedSocket, 'process'> & { readonly inode: number };

/**
 * Listening TCP sockets and unconnected UDP sockets, from proc_net(5), as any user. Asynchronous, since the kernel takes
 * some milliseconds for each table: it walks through the sockets of all network namespaces.
 */
export async function readListeningSockets(): Promise<ListeningSocket[]> {
  const tables = await Promise.all((['tcp', 'tcp6', 'udp', 'udp6'] as const).map(socketsOf));
  return tables.flat();
}

async function socketsOf(table: string): Promise<ListeningSocket[]> {
  const protocol = table.startsWith('tcp') ? 'tcp' : 'udp';
  const lines = await linesOf(`/proc/self/net/${table}`);
  return lines.flatMap((line) => socketOf(line, protocol));
}

/** If the kernel has no IPv6, the file does not exist. */
const linesOf = async (path: string): Promise<string[]> =>
  new Promise((resolve) => {
    readFile(path, 'latin1', (error, text) => resolve(error === null ? text.split('\n').slice(1) : []));
  });

/** TCP_LISTEN, and TCP_CLOSE, the state of an unconnected UDP socket. */
const WAITING = { tcp: '0A', udp: '07' } as const;

/** `  0: 0100007F:0016 00000000:0000 0A …`: local and remote address, state, and the inode as tenth field. */
function socketOf(line: string, protocol: ListeningSocket['protocol']): ListeningSocket[] {
  const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
  if (state !== WAITING[protocol]) return [];
  const [address = '', port = ''] = local.split(':');
  return [{ protocol, address: addressOf(address), port: Number.parseInt(port, 16), inode: Number(inode) }];
}

/** Words of 32 bits in host byte order. */
function addressOf(hex: string): string {
  const words = new Uint32Array((hex.match(/.{8}/g) ?? []).map((word) => Number.parseInt(word, 16)));
  const bytes = [...new Uint8Array(words.buffer)];
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255)
    return bytes.slice(12).join('.');
  const groups = bytes.flatMap((byte, at) => (at % 2 === 0 ? [(byte * 256 + (bytes[at + 1] ?? 0)).toString(16)] : []));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The names of the processes that hold these sockets, by inode. Only root sees those of other users. */
export function readSocketOwners(inodes: ReadonlySet<number>): ReadonlyMap<number, string> {
  const owners = new Map<number, string>();
  if (inodes.size === 0) return owners;
  for (const process of entriesOf('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const inode of inodesOf(process)) {
      if (inodes.has(inode) && !owners.has(inode)) owners.set(inode, nameOf(process));
    }
    if (owners.size === inodes.size) break;
  }
  return owners;
}

const inodesOf = (process: string): number[] =>
  entriesOf(`/proc/${process}/fd`).flatMap((descriptor) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${process}/fd/${descriptor}`)) ?? [];
    return inode === undefined ? [] : [Number(inode)];
  });

/** Empty if the process has ended, or if it may not be read. */
function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function nameOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/comm`, 'utf8').trimEnd();
  } catch {
    return 'a process';
  }
}
