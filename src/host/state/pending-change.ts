import { uptime } from 'node:os';
import type { Edited } from '../files/write-config-file.ts';
import type { Applied } from './applied.ts';
import { bootOf, thisNetwork } from './network.ts';

/** A change that is loaded, and is reverted unless it is confirmed in time. */
export interface PendingChange {
  readonly id: string;
  /** The boot and the network namespace in which it was loaded. */
  readonly network: string;
  /** Seconds since boot, so that setting the clock does not move it. */
  readonly deadline: number;
  /** Confirmed, but not completely kept: the run was killed, and the next command has to finish. Not reverted any more. */
  readonly confirmed?: boolean | undefined;
  readonly file: string;
  readonly command: string;
  readonly user: string;
  readonly forwards: number;
  readonly digest?: string | undefined;
  readonly revision?: string | undefined;
  readonly now: Applied;
  /** What was loaded last, if anything. It is restored when the change is reverted. */
  readonly before: Applied | undefined;
  /** The kernel had lost it by then, so it is not restored. */
  readonly wasMissing?: boolean | undefined;
  /** The host did not route before, so it does not after a revert, even for other programs. */
  readonly turnsRoutingOn?: boolean | undefined;
  /** TCP and SCTP connections of the forwards before go on. */
  readonly keepConnections?: boolean | undefined;
  /** What the sysctls of the change were before: path and value. */
  readonly sysctls?: readonly (readonly [string, string])[] | undefined;
  /** The new content of the file, written when the change is confirmed, and the content until then. */
  readonly edited: Edited | undefined;
  readonly reverter: RollbackTimer;
}

/** The process or systemd service that reverts the change at the deadline. */
export type RollbackTimer =
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'service'; readonly unit: string };

/** Where it was loaded. */
export function locationOf({ network }: PendingChange): 'here' | 'another boot' | 'another network' {
  const here = thisNetwork();
  if (network === here) return 'here';
  return bootOf(network) === bootOf(here) ? 'another network' : 'another boot';
}

/** The reverter has finished this long after the deadline, in the worst case. */
const REVERTER_MAX_SECONDS = 120;

/**
 * Seconds until this run may revert the change: none after a reboot, since the kernel does not hold it any more. A change
 * of another network namespace (of a container that was restarted, say) is left to its own reverter first.
 */
export function secondsLeft(pending: PendingChange): number {
  const left = pending.deadline - uptime();
  return { here: left, 'another network': left + REVERTER_MAX_SECONDS, 'another boot': 0 }[locationOf(pending)];
}

export const deadlineIn = (seconds: number): number => uptime() + seconds;
