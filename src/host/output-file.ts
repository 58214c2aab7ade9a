import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from './failure.ts';

/** Writes a file whole or not at all: a neighbour with a hidden name, made durable, then renamed. */
export function writeOutputFile(path: string, content: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    rmSync(temporary, { force: true });
    const descriptor = openSync(temporary, 'wx', 0o644);
    try {
      const bytes = Buffer.from(content);
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure(
      'output-unwritable',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? ''})`,
      'name another path with -o',
    );
  }
}
