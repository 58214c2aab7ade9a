import { readFileSync } from 'node:fs';

/** A program of this network namespace has a raw socket for VRRP, as keepalived has. From proc_net(5), as any user. */
export const hasVrrp = (): boolean => ['raw', 'raw6'].some((table) => linesOf(table).some(isVrrp));

/** `  70: 00000000:0070 00000000:0000 07 …`: the local port is the number of the protocol, which is 112. */
const isVrrp = (line: string): boolean => /^\s*\d+: [\dA-F]+:0070 /.test(line);

/** Without IPv6, the second file does not exist. */
function linesOf(table: string): readonly string[] {
  try {
    return readFileSync(`/proc/self/net/${table}`, 'latin1').split('\n');
  } catch {
    return [];
  }
}
