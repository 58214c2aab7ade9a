import { closeSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { openUnlinked } from './anonymous-file.ts';
import type { Tool } from './binary.ts';
import { run } from './run.ts';

interface Output<T> {
  readonly exitCode: number | undefined;
  readonly stderr: string;
  readonly content: T;
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

/**
 * The same for text, which is cut off if there is not enough memory. Undefined if no file could be made in memory, as for a
 * normal user in some containers.
 */
export const runToText = async (
  tool: Tool,
  args: readonly string[],
  input: string,
): Promise<Output<string> | undefined> => runInto('/dev/shm', tool, args, textFrom, input).catch(ifNoSpace);

async function runInto<T>(
  directory: string,
  tool: Tool,
  args: readonly string[],
  parse: (read: ReadPart) => T,
  input?: string,
): Promise<Output<T>> {
  const descriptor = openUnlinked(directory);
  try {
    const { exitCode, stderr } = await run(tool, args, {
      output: descriptor,
      ...(input === undefined ? {} : { input }),
    });
    return { exitCode, stderr, content: parse(fromStart(descriptor)) };
  } finally {
    closeSync(descriptor);
  }
}

/** As for a normal user, or in a container. */
function ifNoSpace(error: unknown): undefined {
  if (!(error instanceof Error) || !('code' in error)) throw error;
}

function textFrom(read: ReadPart): string {
  const part = Buffer.allocUnsafe(PART);
  const parts: Buffer[] = [];
  for (let count = read(part, 0); count !== 0; count = read(part, 0)) parts.push(Buffer.from(part.subarray(0, count)));
  return Buffer.concat(parts).toString();
}

/** Bytes. */
const PART = 1024 * 1024;

function fromStart(descriptor: number): ReadPart {
  let position = 0;
  return (buffer, at) => {
    const count = readSync(descriptor, buffer, at, buffer.length - at, position);
    position += count;
    return count;
  };
}
