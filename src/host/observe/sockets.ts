import { readFile } from 'node:fs';
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
