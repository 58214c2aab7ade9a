import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readStateFile, writeStateFile } from './state-file.ts';

/** The model that was loaded last, and the marker of its ruleset. */
export interface Applied {
  readonly marker: string;
  /** The bytes of the model file. */
  readonly model: Uint8Array;
  /** Loaded with --enable-forwarding, which is not in the file. */
  readonly enableForwarding: boolean;
}

const FILE = 'applied.json';

/** Undefined if there is no such file, or if it is damaged. */
export function readApplied(directory: string): Applied | undefined {
  try {
    return appliedFrom(JSON.parse(readStateFile(directory, FILE) ?? 'null'));
  } catch {
    return undefined;
  }
}

/** Throws a Failure `state-directory`. */
export const writeApplied = (directory: string, applied: Applied): void =>
  writeStateFile(directory, FILE, `${JSON.stringify(appliedJson(applied))}\n`);

/** After `down` nothing is loaded. */
export const forgetApplied = (directory: string): void => rmSync(join(directory, FILE), { force: true });

export const appliedJson = ({ marker, model, enableForwarding }: Applied) => ({
  version: 1,
  marker,
  model: Buffer.from(model).toString('base64'),
  ...(enableForwarding ? { enableForwarding } : {}),
});

export function appliedFrom(value: unknown): Applied | undefined {
  const { version, marker, model, enableForwarding } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof marker !== 'string' || typeof model !== 'string') return undefined;
  return { marker, model: new Uint8Array(Buffer.from(model, 'base64')), enableForwarding: enableForwarding === true };
}
