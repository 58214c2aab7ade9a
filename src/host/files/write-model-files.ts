import { linkSync, lstatSync, unlinkSync } from 'node:fs';
import { changedParts, type ChangedPart } from '../../parts/parts.ts';
import { writeDurably, type Prepared } from './durable-file.ts';
import { freeName, prepareConfigFile, requireUnchanged, type Edited } from './write-config-file.ts';

/**
 * The files of a model that differ from before, written under temporary names. `commit` first looks whether another
 * program changed one of them, then renames all; if one fails, those before are as they were.
 */
export async function prepareModelFiles(path: string, { text, was, keep }: Edited): Promise<Prepared> {
  const changes = changedParts(path, text, was);
  const prepared: Prepared[] = [];
  const discard = (): void => {
    for (const file of prepared) file.discard();
  };
  try {
    for (const change of changes) prepared.push(await prepareOne(change, keepOf(change, changes, keep)));
  } catch (error) {
    discard();
    throw error;
  }
  return { commit: () => commitAll(changes, prepared), discard };
}

/** Where the old content goes: the first file that has one takes the given name. */
function keepOf({ path, was }: ChangedPart, all: readonly ChangedPart[], keep: string | undefined): string | undefined {
  if (keep === undefined || was === undefined) return undefined;
  return all.find((one) => one.was !== undefined)?.path === path ? keep : freeName(`${path}.before-rollback`);
}

async function prepareOne({ path, text, was }: ChangedPart, keep: string | undefined): Promise<Prepared> {
  if (text !== undefined) return prepareConfigFile(path, { text, was, keep });
  return {
    commit: () => {
      requireUnchanged(path, was);
      if (keep !== undefined) linkSync(path, keep);
      unlinkSync(path);
    },
    discard: () => {},
  };
}

function commitAll(changes: readonly ChangedPart[], prepared: readonly Prepared[]): void {
  for (const { path, was } of changes) requireUnchanged(path, was);
  const undo = changes.map(undoOf);
  for (const [index, file] of prepared.entries())
    try {
      file.commit();
    } catch (error) {
      for (const step of undo.slice(0, index).reverse()) step();
      throw error;
    }
}

function undoOf({ path, was }: ChangedPart): () => void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return () => {
    if (was === undefined) unlinkSync(path);
    else writeDurably(path, was, { mode: (found?.mode ?? 0o644) & 0o777, ...(found && { owner: found }) });
  };
}
