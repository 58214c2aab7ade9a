import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readStateFile, writeStateFile } from './state-file.ts';

/** The model file as it was when it was loaded, and the marker of the ruleset that it made. */
export interface Applied {
  readonly marker: string;
  readonly model: Uint8Array;
  /** It was loaded with --enable-forwarding, which the file does not say. */
  readonly enableForwarding: boolean;
}

const FILE = 'applied.json';

/** Undefined where nothing is remembered, or nothing that could be used. */
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

/** After `down` there is nothing to remember. */
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
