import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { outcomeOf, recordOutcome } from '../state/outcomes.ts';
import { readStateFile } from '../state/state-file.ts';
import { idIn, SCRIPT } from './script.ts';

/**
 * So that a rollback timer whose change is not on record, or damaged there, restores nothing: its script looks for the
 * outcome. Throws `state-directory`.
 */
export function callOffRollback(stateDir: string): void {
  if (!existsSync(join(stateDir, SCRIPT))) return;
  const id = idIn(readStateFile(stateDir, SCRIPT) ?? '');
  if (id !== undefined && outcomeOf(stateDir, id) === undefined) recordOutcome(stateDir, { id, outcome: 'reverted' });
}
