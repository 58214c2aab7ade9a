import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Ledger } from '../../counters/ledger.ts';
import { readListing, type NftObject } from '../../nft-json/objects.ts';
import { readJsonState } from './json-state.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

const FILE = 'counters.json';

/** The script /etc/portfwd/counters.sh writes them when the service stops: a line with the network, then the listing. */
const SAVED = /^counters-[\w-]+\.listing$/;

const number = z.number().check(z.gte(0));
const counts = { packets: number, bytes: number };
const usage = z.object({ sent: z.object(counts), replies: z.object(counts), connections: number });
const element = z.object({
  counted: z.enum(['first', 'sent', 'replies', 'opened']),
  protocol: z.string(),
  address: z.string(),
  port: number,
  target: z.optional(z.string()),
  targetPort: z.optional(number),
  ...counts,
});
const ledgerSchema = z.object({
  sums: z.record(z.string(), usage),
  taken: z.record(z.string(), z.object({ handle: number, elements: z.array(element) })),
  read: z.array(z.string()),
});

const STATE = {
  name: FILE,
  schema: ledgerSchema,
  unknown: 'what was counted before the last boot is not known',
  next: 'run the command again',
};

/** Undefined if there is none. Throws `state-directory` if it is damaged. */
export const readLedger = (stateDir: string): Ledger | undefined => readJsonState(stateDir, STATE);

/** Throws `state-directory`. */
export const writeLedger = (stateDir: string, ledger: Ledger): void =>
  writeStateFile(stateDir, FILE, `${JSON.stringify({ version: 1, ...ledger })}\n`);

export interface SavedListing {
  readonly name: string;
  /** The boot and network namespace that the table was in. */
  readonly network: string;
  readonly objects: readonly NftObject[];
}

/** The oldest first. A listing that was cut off counts as empty. */
export const savedListings = (stateDir: string): readonly SavedListing[] =>
  namesIn(stateDir)
    .filter((name) => SAVED.test(name))
    .sort((a, b) => timeOf(a) - timeOf(b))
    .map((name) => {
      const [network = '', ...lines] = (readStateFile(stateDir, name) ?? '').split('\n');
      return { name, network, objects: readListing(lines.join('\n')) ?? [] };
    });

/** The name ends in the seconds since 1970. */
const timeOf = (name: string): number => Number(/(\d+)\.listing$/.exec(name)?.[1] ?? 0);

export function removeListings(stateDir: string, names: readonly string[]): void {
  for (const name of names) rmSync(join(stateDir, name), { force: true });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
