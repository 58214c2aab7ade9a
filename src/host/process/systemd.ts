import { existsSync, readlinkSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { run } from './run.ts';

/** systemd runs, and in this network namespace: its services see the same ruleset. */
export function systemdIsHere(): boolean {
  try {
    return existsSync('/run/systemd/system') && readlinkSync('/proc/self/ns/net') === readlinkSync('/proc/1/ns/net');
  } catch {
    return false;
  }
}

/** A unit that is not known is not active. */
export const isActive = async (unit: string): Promise<boolean> =>
  (await run('systemctl', ['is-active', '--quiet', unit])).exitCode === 0;

/** Throws `tool-failed`. */
export async function systemctl(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run('systemctl', args);
  if (exitCode === 0) return;
  throw new Failure(
    'tool-failed',
    `systemctl ${args.join(' ')} failed`,
    'see its message below and the journal: journalctl -b -u portfwd',
    stderr,
  );
}
