import { closeSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { openUnlinked } from './anonymous-file.ts';
import type { Tool } from './binary.ts';
import { run } from './run.ts';

interface Output<T> {
  readonly exitCode: number | undefined;
  readonly stderr: string;
  /** Undefined if the tool failed. */
  readonly content: T | undefined;
}

/** Fills the buffer from `at` on as far as it can, and returns how many bytes it wrote. 0: there are no more. */
export type ReadPart = (buffer: Buffer, at: number) => number;

/**
 * Runs a tool that writes many small pieces: it writes them faster to a file than to a pipe. The file is in memory, since
 * the disk may be full. If one directory does not exist or has no space, the next one is used.
 */
export async function runToFile<T>(
  tool: Tool,
  args: readonly string[],
  parse: (read: ReadPart) => T,
): Promise<Output<T>> {
  for (const directory of ['/dev/shm', '/run']) {
    const output = await runInto(directory, tool, args, parse).catch(ifNoSpace);
    if (output?.exitCode === 0) return output;
  }
  return runInto(tmpdir(), tool, args, parse);
}

async function runInto<T>(
  directory: string,
  tool: Tool,
  args: readonly string[],
  parse: (read: ReadPart) => T,
): Promise<Output<T>> {
  const descriptor = openUnlinked(directory);
  try {
    const { exitCode, stderr } = await run(tool, args, { output: descriptor });
    return { exitCode, stderr, content: exitCode === 0 ? parse(fromStart(descriptor)) : undefined };
  } finally {
    closeSync(descriptor);
  }
}

/** As for a normal user, or in a container. */
function ifNoSpace(error: unknown): undefined {
  if (!(error instanceof Error) || !('code' in error)) throw error;
}

function fromStart(descriptor: number): ReadPart {
  let position = 0;
  return (buffer, at) => {
    const count = readSync(descriptor, buffer, at, buffer.length - at, position);
    position += count;
    return count;
  };
}
