import { closeSync, fstatSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { openUnlinked } from './anonymous-file.ts';
import type { Tool } from './binary.ts';
import { run } from './run.ts';

interface Output {
  readonly exitCode: number | undefined;
  readonly bytes: Buffer;
  readonly stderr: string;
}

/**
 * Runs a tool that writes many small pieces: it writes them faster to a file than to a pipe. The file is in memory, since
 * the disk may be full. If one directory does not exist or has no space, the next one is used.
 */
export async function runToBytes(tool: Tool, args: readonly string[]): Promise<Output> {
  for (const directory of ['/dev/shm', '/run']) {
    const output = await runInto(directory, tool, args).catch(ifNoSpace);
    if (output?.exitCode === 0) return output;
  }
  return runInto(tmpdir(), tool, args);
}

async function runInto(directory: string, tool: Tool, args: readonly string[]): Promise<Output> {
  const descriptor = openUnlinked(directory);
  try {
    const { exitCode, stderr } = await run(tool, args, { output: descriptor });
    return { exitCode, stderr, bytes: contentOf(descriptor) };
  } finally {
    closeSync(descriptor);
  }
}

/** As for a normal user, or in a container. */
function ifNoSpace(error: unknown): undefined {
  if (!(error instanceof Error) || !('code' in error)) throw error;
}

function contentOf(descriptor: number): Buffer {
  const bytes = Buffer.allocUnsafe(fstatSync(descriptor).size);
  let at = 0;
  for (let read = -1; read !== 0 && at < bytes.length; at += read)
    read = readSync(descriptor, bytes, at, bytes.length - at, at);
  return bytes.subarray(0, at);
}
