import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { isPartName, packParts, partsDirectory, type Part } from '../../parts/parts.ts';
import { readConfigFile, readConfigFileIfAny } from './read-config-file.ts';

/** The main file and those in its directory, in the order of their names. Throws `config-unreadable`. */
export const readModelFiles = (path: string): Uint8Array =>
  readModelFilesToEdit(path) ?? packParts(readConfigFile(path), []);

/** Undefined: the main file does not exist. */
export function readModelFilesIfAny(path: string): Uint8Array | undefined {
  const main = readConfigFileIfAny(path);
  return main && packParts(main, partsOf(path));
}

/** Undefined: there are none. Throws `config-unreadable` also if only the main file is missing. */
export function readModelFilesToEdit(path: string): Uint8Array | undefined {
  const files = readModelFilesIfAny(path);
  if (files !== undefined || partNames(path).length === 0) return files;
  throw new Failure(
    'config-unreadable',
    `${path} does not exist, but ${partsDirectory(path)} has files that belong to it`,
    'create it with portfwd init, or name another file with --config',
  );
}

function partsOf(path: string): Part[] {
  const directory = partsDirectory(path);
  return partNames(path).map((name) => ({ name, bytes: readPart(join(directory, name)) }));
}

function readPart(path: string): Uint8Array {
  try {
    return readConfigFile(path);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(
      error.reason,
      error.message,
      'repair it or remove it: every file of this directory belongs to the model',
    );
  }
}

/** In the order in which they are read. Throws `config-unreadable`. */
export function partNames(path: string): string[] {
  const directory = partsDirectory(path);
  try {
    return readdirSync(directory).filter(isPartName).sort();
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new Failure(
      'config-unreadable',
      `${directory} cannot be read (${code})`,
      'make the directory readable: the files in it belong to the model',
    );
  }
}
