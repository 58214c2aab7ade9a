import { rmSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { appliedFrom, appliedJson, type Applied } from './applied.ts';
import { Failure } from '../../failure/failure.ts';
import { readStateFile, writeStateFile } from './state-file.ts';
import { thisNetwork } from './sysctl.ts';

/** A change that is loaded, and is reverted unless it is confirmed in time. */
export interface PendingChange {
  readonly id: string;
  /** The boot and the network namespace in which it was loaded. */
  readonly network: string;
  /** Seconds since boot, so that setting the clock does not move it. */
  readonly deadline: number;
  /** Confirmed, but not completely kept: the run was killed, and the next command has to finish. Not reverted any more. */
  readonly confirmed?: boolean;
  readonly file: string;
  readonly command: string;
  readonly user: string;
  readonly forwards: number;
  readonly now: Applied;
  /** Restored when the change is reverted; undefined if nothing was loaded. */
  readonly before: Applied | undefined;
  /** The new content of the file, written when the change is confirmed, and the content until then. */
  readonly edited: { readonly text: Uint8Array; readonly was: Uint8Array | undefined } | undefined;
  readonly reverter: Reverter;
}

/** The process or systemd timer that reverts the change at the deadline. */
export type Reverter =
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'timer'; readonly unit: string };

export const PENDING_FILE = 'window.json';

/** Throws `state-directory` if the file is damaged: whether a change is pending is not known then. */
export function readPending(stateDir: string): PendingChange | undefined {
  const text = readStateFile(stateDir, PENDING_FILE);
  if (text === undefined) return undefined;
  try {
    return decode(JSON.parse(text));
  } catch {
    throw new Failure(
      'state-directory',
      `${join(stateDir, PENDING_FILE)} is damaged: it is not known which change waits to be confirmed`,
      `check the kernel with portfwd status, remove the file (rm ${join(stateDir, PENDING_FILE)}) and run portfwd apply`,
    );
  }
}

export const writePending = (stateDir: string, pending: PendingChange): void =>
  writeStateFile(stateDir, PENDING_FILE, `${JSON.stringify(encode(pending))}\n`);

export const removePending = (stateDir: string): void => rmSync(join(stateDir, PENDING_FILE), { force: true });

/** Where it was loaded. */
export function locationOf({ network }: PendingChange): 'here' | 'another boot' | 'another network' {
  const here = thisNetwork();
  if (network === here) return 'here';
  return bootOf(network) === bootOf(here) ? 'another network' : 'another boot';
}

const bootOf = (network: string): string => network.split(' ')[0] ?? '';

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

/** The file calls `network` `of`, as earlier versions did. */
const encode = ({ now, before, edited, network, id, ...rest }: PendingChange) => ({
  version: 1,
  id,
  of: network,
  ...rest,
  now: appliedJson(now),
  before: before && appliedJson(before),
  edited: edited && { text: base64(edited.text), was: edited.was && base64(edited.was) },
});

type Encoded = Omit<PendingChange, 'network' | 'now' | 'before' | 'edited'> & {
  readonly version: number;
  readonly of: string;
  readonly now: unknown;
  readonly before?: unknown;
  readonly edited?: { readonly text: string; readonly was?: string };
};

function decode(value: unknown): PendingChange {
  const { version, now, before, edited, of: network, ...others } = value as Encoded;
  const rest = { ...others, network };
  const loaded = appliedFrom(now);
  if (version !== 1 || loaded === undefined || !isComplete(rest)) throw new SyntaxError('another version');
  const earlier = appliedFrom(before);
  if (before !== undefined && earlier === undefined) throw new SyntaxError('damaged');
  return {
    ...rest,
    now: loaded,
    before: earlier,
    edited: edited && { text: bytes(edited.text), was: edited.was === undefined ? undefined : bytes(edited.was) },
  };
}

const isComplete = ({ id, network, deadline, file, command, user, reverter }: Partial<PendingChange>): boolean =>
  [id, network, file, command, user].every((text) => typeof text === 'string') &&
  Number.isFinite(deadline) &&
  (reverter?.kind === 'timer' ? typeof reverter.unit === 'string' : Number.isInteger(reverter?.pid));

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
