import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { thisNetwork } from './network.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/** The model that was loaded last, and the marker of its ruleset. */
export interface Applied {
  readonly marker: string;
  /** The bytes of the model file. */
  readonly model: Uint8Array;
  /** Loaded with --enable-forwarding, which is not in the file. */
  readonly enableForwarding: boolean;
}

/** As it is on record. */
export interface Recorded extends Applied {
  /** The boot and the network namespace. Undefined: an older portfwd wrote it, which did not say. */
  readonly network: string | undefined;
}

const FILE = 'applied.json';

/** Undefined if there is no such file, if it is damaged, or if it is about another boot or network namespace. */
export function readApplied(directory: string): Recorded | undefined {
  try {
    const value: unknown = JSON.parse(readStateFile(directory, FILE) ?? 'null');
    const applied = appliedFrom(value);
    const { network } = (value ?? {}) as { readonly network?: string };
    return applied === undefined || (network ?? thisNetwork()) !== thisNetwork() ? undefined : { ...applied, network };
  } catch {
    return undefined;
  }
}

/** Throws a Failure `state-directory`. */
export const writeApplied = (directory: string, applied: Applied): void =>
  writeStateFile(directory, FILE, `${JSON.stringify({ ...appliedJson(applied), network: thisNetwork() })}\n`);

/** After `down` nothing is loaded. What was loaded in another network namespace may still be there. */
export function forgetApplied(directory: string): void {
  if (readApplied(directory) !== undefined) rmSync(join(directory, FILE), { force: true });
}

export const appliedJson = ({ marker, model, enableForwarding }: Applied) => ({
  version: 1,
  marker,
  model: Buffer.from(model).toString('base64'),
  ...(enableForwarding ? { enableForwarding } : {}),
});

function appliedFrom(value: unknown): Applied | undefined {
  const { version, marker, model, enableForwarding } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof marker !== 'string' || typeof model !== 'string') return undefined;
  return { marker, model: new Uint8Array(Buffer.from(model, 'base64')), enableForwarding: enableForwarding === true };
}
