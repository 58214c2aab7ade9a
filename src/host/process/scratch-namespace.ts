import { readFileSync } from 'node:fs';

const CAP_SYS_ADMIN = 21n;

/**
 * The arguments of unshare(1) for a new network namespace. Without CAP_SYS_ADMIN, a user namespace is created as well.
 * In there, a transaction cannot be longer than the socket's send buffer (socket(7), wmem_max).
 */
export const scratchNetwork = (): readonly string[] => (mayUnshare() ? ['--net'] : ['--map-root-user', '--net']);

function mayUnshare(): boolean {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}
