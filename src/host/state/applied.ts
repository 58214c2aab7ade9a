import * as z from 'zod/mini';
import { Failure } from '../../failure/failure.ts';
import { readJsonState } from './json-state.ts';
import { thisNetwork } from './network.ts';
import { removeOwn } from './own-files.ts';
import { writeStateFile } from './state-file.ts';

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

const SCHEMA = z.object({
  marker: z.string(),
  model: z.string(),
  enableForwarding: z.optional(z.boolean()),
  network: z.optional(z.string()),
});
type Json = z.infer<typeof SCHEMA>;

const STATE = {
  name: FILE,
  schema: SCHEMA,
  unknown: 'it does not say which forwards were loaded last, and the history is used instead',
  next: 'run portfwd apply',
};

/** Undefined if there is no such file, if it is damaged, or if it is about another boot or network namespace. */
export function readApplied(directory: string): Recorded | undefined {
  try {
    const value = readRecord(directory);
    const applied = appliedFrom(value);
    const { network } = value ?? {};
    const isHere = network === undefined || network === thisNetwork();
    return applied === undefined || !isHere ? undefined : { ...applied, network };
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Throws a Failure `state-directory` if the file is damaged. */
export const inspectApplied = (directory: string): void => void readRecord(directory);

/** Throws a Failure `state-directory`. */
export const writeApplied = (directory: string, applied: Applied): void =>
  writeStateFile(directory, FILE, `${JSON.stringify({ ...appliedJson(applied), network: thisNetwork() })}\n`);

/** After `down` nothing is loaded. What was loaded in another network namespace may still be there. */
export function forgetApplied(directory: string): void {
  if (isOfAnotherNetwork(directory)) return;
  removeOwn(directory, FILE);
}

function isOfAnotherNetwork(directory: string): boolean {
  try {
    const network = readRecord(directory)?.network;
    return network !== undefined && network !== thisNetwork();
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

export const appliedJson = ({ marker, model, enableForwarding }: Applied) => ({
  version: 1,
  marker,
  model: Buffer.from(model).toString('base64'),
  ...(enableForwarding ? { enableForwarding } : {}),
});

const appliedFrom = (record: Json | undefined): Applied | undefined =>
  record && {
    marker: record.marker,
    model: new Uint8Array(Buffer.from(record.model, 'base64')),
    enableForwarding: record.enableForwarding === true,
  };

const readRecord = (directory: string): Json | undefined => readJsonState(directory, STATE);
