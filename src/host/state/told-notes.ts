import { removeOwn } from './own-files.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

const FILE = 'notes.json';

/** The notes that were printed for what is loaded. Empty if there is no such file, or if it is damaged. */
export function readToldNotes(directory: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(readStateFile(directory, FILE) ?? '[]');
    return Array.isArray(value) ? value.filter((note): note is string => typeof note === 'string') : [];
  } catch {
    return [];
  }
}

/** Throws a Failure `state-directory`. */
export function writeToldNotes(directory: string, notes: readonly string[]): void {
  const text = `${JSON.stringify(notes)}\n`;
  const before = `${JSON.stringify(readToldNotes(directory))}\n`;
  if (text !== before) writeStateFile(directory, FILE, text);
}

export const forgetToldNotes = (directory: string): void => removeOwn(directory, FILE);
