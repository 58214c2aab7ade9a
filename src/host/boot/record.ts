import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readStateFile, writeStateFile } from '../state/state-file.ts';

/** What was written so that the forwards come back at boot, and so has to go when they are not to. */
export interface BootRecord {
  /** Of the ruleset in the file. */
  readonly marker: string;
  /** Two contents of a file while one takes the place of the other. */
  readonly files: readonly { readonly path: string; readonly contents: readonly string[] }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Those that were not there before, outermost first. */
  readonly directories: readonly string[];
}

const FILE = 'boot.json';

/** Undefined: not enabled, or by something newer. */
export function readBootRecord(stateDir: string): BootRecord | undefined {
  const { version, ...record } = JSON.parse(readStateFile(stateDir, FILE) ?? '{}') as {
    version?: unknown;
  } & BootRecord;
  return version === 1 ? record : undefined;
}

export const writeBootRecord = (stateDir: string, record: BootRecord): void =>
  writeStateFile(stateDir, FILE, `${JSON.stringify({ version: 1, ...record })}\n`);

export const forgetBootRecord = (stateDir: string): void => rmSync(join(stateDir, FILE), { force: true });

export const hashOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
