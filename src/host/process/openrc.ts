import { existsSync, readlinkSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { run } from './run.ts';

/** OpenRC runs, and in this network namespace: a restart of its nftables service flushes the ruleset that portfwd sees. */
export function openrcIsHere(): boolean {
  try {
    return existsSync('/run/openrc/softlevel') && readlinkSync('/proc/self/ns/net') === readlinkSync('/proc/1/ns/net');
  } catch {
    return false;
  }
}

/** Does nothing if the service is started. Throws `tool-failed`. */
export async function startService(name: string): Promise<void> {
  const { exitCode, stderr } = await run('rc-service', [name, 'start']);
  if (exitCode === 0) return;
  throw new Failure('tool-failed', `rc-service ${name} start failed`, 'see its message below', stderr);
}
