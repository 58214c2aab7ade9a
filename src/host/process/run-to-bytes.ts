import { fstatSync, readSync } from 'node:fs';
import { withAnonymousFiles } from './anonymous-file.ts';
import type { Tool } from './binary.ts';
import { run } from './run.ts';

/** Runs a tool that writes many small pieces: to a file it does that faster than to a pipe. */
export const runToBytes = async (
  tool: Tool,
  args: readonly string[],
): Promise<{ readonly exitCode: number | undefined; readonly bytes: Buffer; readonly stderr: string }> =>
  withAnonymousFiles(
    [''],
    async ([descriptor = -1]) => {
      const { exitCode, stderr } = await run(tool, args, { output: descriptor });
      return { exitCode, stderr, bytes: contentOf(descriptor) };
    },
    true,
  );

function contentOf(descriptor: number): Buffer {
  const bytes = Buffer.allocUnsafe(fstatSync(descriptor).size);
  let at = 0;
  for (let read = -1; read !== 0 && at < bytes.length; at += read)
    read = readSync(descriptor, bytes, at, bytes.length - at, at);
  return bytes.subarray(0, at);
}
