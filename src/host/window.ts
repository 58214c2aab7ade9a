import { rmSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { appliedFrom, appliedJson, type Applied } from './applied.ts';
import { Failure } from './failure.ts';
import { readStateFile, writeStateFile } from './state-file.ts';
import { thisNetwork } from './sysctl.ts';

/** A ruleset that is loaded and goes away again unless somebody confirms it in time. */
export interface Window {
  readonly id: string;
  /** The boot and the network namespace whose kernel holds it. */
  readonly of: string;
  /** Seconds since the boot: setting the clock does not move it. */
  readonly deadline: number;
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

export type Outcome = 'kept' | 'reverted';

const FILE = 'window.json';
const LAST = 'last-window.json';

/** Throws a Failure `state-directory` when there is one and it cannot be understood: guessing would be worse. */
export function readWindow(lasting: string): Window | undefined {
  const text = readStateFile(lasting, FILE);
  if (text === undefined) return undefined;
  try {
    return decode(JSON.parse(text));
  } catch {
    throw new Failure(
      'state-directory',
      `${join(lasting, FILE)} is damaged`,
      'look at the kernel (portfwd status), remove that file and run portfwd apply',
    );
  }
}

export const writeWindow = (lasting: string, window: Window): void =>
  writeStateFile(lasting, FILE, `${JSON.stringify(encode(window))}\n`);

/** It is over; whoever waits for it learns how it ended. */
export function closeWindow(lasting: string, id: string, outcome: Outcome): void {
  writeStateFile(lasting, LAST, `${JSON.stringify({ id, outcome })}\n`);
  rmSync(join(lasting, FILE), { force: true });
}

export function lastOutcome(lasting: string): { readonly id: string; readonly outcome: Outcome } | undefined {
  try {
    return JSON.parse(readStateFile(lasting, LAST) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** Seconds; none where another boot or another network namespace opened it: what it loaded is not here. */
export const secondsLeft = ({ of, deadline }: Window): number => (of === thisNetwork() ? deadline - uptime() : 0);

export const deadlineIn = (seconds: number): number => uptime() + seconds;

const encode = ({ now, before, edited, ...rest }: Window) => ({
  version: 1,
  ...rest,
  now: appliedJson(now),
  before: before && appliedJson(before),
  edited: edited && { text: base64(edited.text), was: edited.was && base64(edited.was) },
});

type Encoded = Omit<Window, 'now' | 'before' | 'edited'> & {
  readonly version: number;
  readonly now: unknown;
  readonly before?: unknown;
  readonly edited?: { readonly text: string; readonly was?: string };
};

function decode(value: unknown): Window {
  const { version, now, before, edited, ...rest } = value as Encoded;
  const loaded = appliedFrom(now);
  if (version !== 1 || loaded === undefined) throw new SyntaxError('another version');
  return {
    ...rest,
    now: loaded,
    before: appliedFrom(before),
    edited: edited && { text: bytes(edited.text), was: edited.was === undefined ? undefined : bytes(edited.was) },
  };
}

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
