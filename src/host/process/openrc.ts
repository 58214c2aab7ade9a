import { existsSync, readlinkSync } from 'node:fs';

/** OpenRC runs, and in this network namespace: a restart of its nftables service flushes the ruleset that portfwd sees. */
export function openrcIsHere(): boolean {
  try {
    return existsSync('/run/openrc/softlevel') && readlinkSync('/proc/self/ns/net') === readlinkSync('/proc/1/ns/net');
  } catch {
    return false;
  }
}
