import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { appliedFrom, appliedJson } from './applied.ts';
import type { PendingChange } from './pending-change.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

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
  (reverter?.kind === 'process' ? Number.isInteger(reverter.pid) : typeof reverter?.unit === 'string');

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
