import { writeDurably } from './durable-file.ts';
import { Failure } from './failure.ts';

/** Writes a file whole or not at all, readable by everybody. */
export function writeOutputFile(path: string, content: string): void {
  try {
    writeDurably(path, content, { mode: 0o644, unlocked: true });
  } catch (error) {
    throw new Failure(
      'output-unwritable',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'name another path with -o',
    );
  }
}
