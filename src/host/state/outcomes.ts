import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { Failure } from '../../failure/failure.ts';
import { newestGeneration } from './history.ts';
import { readJsonState } from './json-state.ts';
import { writeStateFile } from './state-file.ts';
import { readPending, removePending } from './pending-file.ts';

export type Outcome = 'kept' | 'reverted';

/** How a pending change ended. */
interface Ended {
  readonly id: string;
  readonly outcome: Outcome;
  /** The newest generation at that time; 0 if there was none. */
  readonly generation: number;
  /** The hash of the model that was loaded. */
  readonly model?: string | undefined;
}

export const OUTCOMES_FILE = 'windows.json';

/** A waiting run that was suspended (Ctrl-Z) can still find its own outcome among these. */
const MAX_OUTCOMES = 20;

/** Records the outcome, which the waiting run reads, and removes the pending change. */
export async function closePending(stateDir: string, id: string, outcome: Outcome): Promise<void> {
  const pending = readPending(stateDir);
  const model = pending?.id === id ? hashOf(pending.now.model) : undefined;
  const write = (): void => recordOutcome(stateDir, { id, outcome, model });
  try {
    write();
    removePending(stateDir);
  } catch (error) {
    if (outcome === 'kept' || !(error instanceof Failure)) throw error;
    removePending(stateDir);
    await writeIfPossible(write);
  }
}

export function recordOutcome(stateDir: string, { id, outcome, model }: Omit<Ended, 'generation'>): void {
  const ended: Ended = { id, outcome, generation: newestGeneration(stateDir)?.number ?? 0, model };
  const earlier = readOutcomes(stateDir).slice(1 - MAX_OUTCOMES);
  writeStateFile(stateDir, OUTCOMES_FILE, `${JSON.stringify({ version: 1, ended: [...earlier, ended] })}\n`);
}

/**
 * What is reverted does not wait any more, on record or not. Without the pending change there may be space, as soon as no
 * other run has its file open.
 */
async function writeIfPossible(write: () => void): Promise<void> {
  for (let left = WRITES; left > 0; left -= 1) {
    try {
      write();
      return;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    await sleep(PAUSE_MS);
  }
}

/** Another run reads the file within much less. */
const WRITES = 20;
const PAUSE_MS = 20;

export const outcomeOf = (stateDir: string, id: string): Outcome | undefined =>
  [...readOutcomes(stateDir)].reverse().find((ended) => ended.id === id)?.outcome;

/** The last pending change was reverted, and no change was kept since. */
export function justReverted(stateDir: string): boolean {
  const last = readOutcomes(stateDir).at(-1);
  return last?.outcome === 'reverted' && last.generation === (newestGeneration(stateDir)?.number ?? 0);
}

/** The same, and that change loaded this model. */
export const justRevertedModel = (stateDir: string, model: Uint8Array): boolean =>
  justReverted(stateDir) && readOutcomes(stateDir).at(-1)?.model === hashOf(model);

const hashOf = (model: Uint8Array): string => createHash('sha256').update(model).digest('hex');

const SCHEMA = z.object({
  ended: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(['kept', 'reverted']),
      generation: z.number(),
      model: z.optional(z.string()),
    }),
  ),
});

const STATE = {
  name: OUTCOMES_FILE,
  schema: SCHEMA,
  unknown: 'it does not say whether the last changes with --confirm were kept or reverted',
  next: 'see what is loaded with portfwd status',
};

/** Throws a Failure `state-directory` if the file is damaged. */
export const inspectOutcomes = (stateDir: string): void => void readJsonState(stateDir, STATE);

/** None if the file cannot be used: the next change that ends writes another one. */
function readOutcomes(stateDir: string): readonly Ended[] {
  try {
    return readJsonState(stateDir, STATE)?.ended ?? [];
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
