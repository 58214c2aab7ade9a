import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readStateFile, writeStateFile } from './state-file.ts';

/** The model file as it was when it was last loaded, and the marker of the ruleset that it made. */
export interface Applied {
  readonly marker: string;
  readonly model: Uint8Array;
}

const FILE = 'applied.json';

/** Undefined where nothing is remembered, or nothing that could be used: it only helps to find old flows. */
export function readApplied(directory: string): Applied | undefined {
  try {
    return decode(JSON.parse(readStateFile(directory, FILE) ?? 'null'));
  } catch {
    return undefined;
  }
}

/** Throws a Failure `state-directory`. */
export const writeApplied = (directory: string, { marker, model }: Applied): void =>
  writeStateFile(
    directory,
    FILE,
    `${JSON.stringify({ version: 1, marker, model: Buffer.from(model).toString('base64') })}\n`,
  );

/** After `down` there is nothing to remember. */
export const forgetApplied = (directory: string): void => rmSync(join(directory, FILE), { force: true });

function decode(value: unknown): Applied | undefined {
  const { version, marker, model } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof marker !== 'string' || typeof model !== 'string') return undefined;
  return { marker, model: new Uint8Array(Buffer.from(model, 'base64')) };
}
