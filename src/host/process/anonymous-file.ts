import { closeSync, constants, mkdtempSync, openSync, rmdirSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIRST_DESCRIPTOR } from './run.ts';

/**
 * Writes each content to a temporary file that has no name, and closes it after `use`: nothing is left even if portfwd is
 * killed. Not a pipe: up to 1.0.9, nft reads broken JSON from a pipe as an empty ruleset and exits 0. `anywhere`: if the
 * directory for temporary files is full, another place in memory is used.
 */
export async function withAnonymousFiles<T>(
  contents: readonly string[],
  use: (descriptors: readonly number[]) => Promise<T>,
  anywhere = false,
): Promise<T> {
  const descriptors: number[] = [];
  const directories = anywhere ? [tmpdir(), ...IN_MEMORY] : [tmpdir()];
  try {
    for (const content of contents) descriptors.push(written(content, directories));
    return await use(descriptors);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

/** The path under which a child process opens the descriptor that `run` hands it at this index. */
export const fdPath = (_: number, index: number): string => `/proc/self/fd/${FIRST_DESCRIPTOR + index}`;

const IN_MEMORY = ['/dev/shm', '/run'];

/** In the first directory in which that is possible. */
function written(content: string, [directory = tmpdir(), ...others]: readonly string[]): number {
  try {
    return write(content, openUnlinked(directory));
  } catch (error) {
    if (others.length === 0) throw error;
    return written(content, others);
  }
}

function write(content: string, descriptor: number): number {
  const bytes = Buffer.from(content);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A file that never has a name; if the file system cannot make one, a file whose name is removed at once. */
export function openUnlinked(parent: string): number {
  try {
    return openSync(parent, O_TMPFILE, 0o600);
  } catch {
    return openAndUnlink(parent);
  }
}

/** open(2) since Linux 3.11. Node has no name for it. */
const O_TMPFILE = constants.O_RDWR | constants.O_DIRECTORY | 0o20000000;

function openAndUnlink(parent: string): number {
  const directory = mkdtempSync(join(parent, 'portfwd-'));
  const path = join(directory, 'ruleset');
  try {
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return descriptor;
  } finally {
    rmdirSync(directory);
  }
}
