import { rmSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { appliedFrom, appliedJson, type Applied } from './applied.ts';
import { Failure } from '../../failure/failure.ts';
import { readStateFile, writeStateFile } from './state-file.ts';
import { thisNetwork } from './sysctl.ts';

/** A ruleset that is loaded and goes away again unless somebody confirms it in time. */
export interface PendingChange {
  readonly id: string;
  /** The boot and the network namespace whose kernel holds it. */
  readonly network: string;
  /** Seconds since the boot: setting the clock does not move it. */
  readonly deadline: number;
  /** Somebody has: from here on nothing goes back, and whoever finds it like this finishes the keeping. */
  readonly confirmed?: boolean;
  readonly file: string;
  readonly command: string;
  readonly user: string;
  readonly forwards: number;
  readonly now: Applied;
  /** What comes back; none: nothing was loaded. */
  readonly before: Applied | undefined;
  /** The text that the file gets when it is confirmed, and the one that it had. */
  readonly edited: { readonly text: Uint8Array; readonly was: Uint8Array | undefined } | undefined;
  /** What goes back if nobody confirms it. */
  readonly reverter: Reverter;
}

/** A process, or a timer of systemd. */
export type Reverter =
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'timer'; readonly unit: string };

export const WINDOW_FILE = 'window.json';

/** Throws a Failure `state-directory` when there is one and it cannot be understood: guessing would be worse. */
export function readPending(stateDir: string): PendingChange | undefined {
  const text = readStateFile(stateDir, WINDOW_FILE);
  if (text === undefined) return undefined;
  try {
    return decode(JSON.parse(text));
  } catch {
    throw new Failure(
      'state-directory',
      `${join(stateDir, WINDOW_FILE)} is damaged, and what waits to be confirmed is not known`,
      'look at the kernel (portfwd status), remove that file and run portfwd apply',
    );
  }
}

export const writePending = (stateDir: string, window: PendingChange): void =>
  writeStateFile(stateDir, WINDOW_FILE, `${JSON.stringify(encode(window))}\n`);

export const removePending = (stateDir: string): void => rmSync(join(stateDir, WINDOW_FILE), { force: true });

/** Where the kernel is that holds it. */
export function locationOf({ network }: PendingChange): 'here' | 'another boot' | 'another network' {
  const here = thisNetwork();
  if (network === here) return 'here';
  return bootOf(network) === bootOf(here) ? 'another network' : 'another boot';
}

const bootOf = (network: string): string => network.split(' ')[0] ?? '';

/** Longer than a reverter takes in the worst case. */
const REVERTER_MAX_SECONDS = 120;

/**
 * Seconds. None where another boot opened it: what it loaded is not here. In another network namespace it is
 * left to its own reverter, and is over when that has had its time: a container that was started anew.
 */
export function secondsLeft(window: PendingChange): number {
  const left = window.deadline - uptime();
  return { here: left, 'another network': left + REVERTER_MAX_SECONDS, 'another boot': 0 }[locationOf(window)];
}

export const deadlineIn = (seconds: number): number => uptime() + seconds;

/** `network` stands in the file as `of`. */
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
  if (version !== 1 || loaded === undefined || !isWhole(rest)) throw new SyntaxError('another version');
  const earlier = appliedFrom(before);
  if (before !== undefined && earlier === undefined) throw new SyntaxError('no way back');
  return {
    ...rest,
    now: loaded,
    before: earlier,
    edited: edited && { text: bytes(edited.text), was: edited.was === undefined ? undefined : bytes(edited.was) },
  };
}

const isWhole = ({ id, network, deadline, file, command, user, reverter }: Partial<PendingChange>): boolean =>
  [id, network, file, command, user].every((text) => typeof text === 'string') &&
  Number.isFinite(deadline) &&
  (reverter?.kind === 'timer' ? typeof reverter.unit === 'string' : Number.isInteger(reverter?.pid));

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
