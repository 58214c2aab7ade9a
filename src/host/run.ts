import type { ChildProcess } from 'node:child_process';
import { binary, type Tool } from './binary.ts';
import { startToEndWithUs } from './ends-with-us.ts';

export interface Outcome {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Open files of ours that the child gets, from FIRST_DESCRIPTOR on. */
  readonly descriptors?: readonly number[];
  /** Milliseconds. */
  readonly timeout?: number;
}

/** After standard input, output and error. */
export const FIRST_DESCRIPTOR = 3;

const TIMEOUT = 60_000;
const LARGEST_OUTPUT = 256 * 1024 * 1024;

/**
 * Runs a tool to its end: absolute path, an environment of its own, working directory `/`, a deadline. By Node's
 * own means, since apply starts ten of them; loaded on first use, so that commands which start nothing do not pay.
 */
export async function run(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { spawn } = await import('node:child_process');
  const child = startToEndWithUs(() =>
    spawn(binary(tool), args, {
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe', ...(options.descriptors ?? [])],
    }),
  );
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.timeout ?? TIMEOUT);
  const [stdout, stderr] = [textOf(child, 'stdout'), textOf(child, 'stderr')];
  const { exitCode, signal } = await end(child);
  clearTimeout(deadline);
  return { exitCode, signal, timedOut, stdout: stdout(), stderr: stderr() };
}

/** Collects what the child writes; one that writes without end is stopped. */
function textOf(child: ChildProcess, name: 'stdout' | 'stderr'): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  child[name]?.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > LARGEST_OUTPUT) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** When its output is read to the end as well. A child that could not be started has neither code nor signal. */
const end = async (child: ChildProcess): Promise<Pick<Outcome, 'exitCode' | 'signal'>> =>
  new Promise((resolve) => {
    child.on('error', () => resolve({ exitCode: undefined, signal: undefined }));
    child.on('close', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }));
  });
