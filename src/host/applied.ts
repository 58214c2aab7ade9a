import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { ensureDirectory } from './state-paths.ts';

/** The model file as it was when it was last loaded, and the marker of the ruleset that it made. */
export interface Applied {
  readonly marker: string;
  readonly model: Uint8Array;
}

/** More than any model makes: 1 MiB in base64. */
const MOST = 2 * 1024 * 1024;

/** Undefined where nothing is remembered, or nothing that could be used: it only helps to find old flows. */
export function readApplied(directory: string): Applied | undefined {
  try {
    return decode(JSON.parse(readRegular(pathIn(directory))));
  } catch {
    return undefined;
  }
}

/** Throws a Failure `state-directory`. */
export function writeApplied(directory: string, { marker, model }: Applied): void {
  const path = pathIn(ensureDirectory(directory));
  const temporary = `${path}.${process.pid}`;
  try {
    rmSync(temporary, { force: true });
    writeDurably(
      temporary,
      `${JSON.stringify({ version: 1, marker, model: Buffer.from(model).toString('base64') })}\n`,
    );
    renameSync(temporary, path);
    syncDirectory(directory);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure(
      'state-directory',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? ''})`,
      'make room there, or name another directory with --state-dir',
    );
  }
}

/** After `down` there is nothing to remember. */
export const forgetApplied = (directory: string): void => rmSync(pathIn(directory), { force: true });

const pathIn = (directory: string): string => join(directory, 'applied.json');

function readRegular(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile() || found.size > MOST) return 'null';
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function decode(value: unknown): Applied | undefined {
  const { version, marker, model } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof marker !== 'string' || typeof model !== 'string') return undefined;
  return { marker, model: new Uint8Array(Buffer.from(model, 'base64')) };
}

function writeDurably(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
