import { binary, type Tool } from './binary.ts';

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
 * Runs a tool to its end: absolute path, an environment of its own, working directory `/`, a deadline.
 * execa is loaded on first use, so that commands which start nothing do not pay for it.
 */
export async function run(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { execa } = await import('execa');
  const { exitCode, signal, timedOut, stdout, stderr } = await execa(binary(tool), args, {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    extendEnv: false,
    // The types know descriptors up to 9; any number does.
    stdio: ['ignore', 'pipe', 'pipe', ...((options.descriptors ?? []) as 3[])],
    timeout: options.timeout ?? TIMEOUT,
    killSignal: 'SIGKILL',
    maxBuffer: LARGEST_OUTPUT,
    reject: false,
    stripFinalNewline: false,
  });
  return { exitCode, signal, timedOut, stdout: stdout ?? '', stderr: stderr ?? '' };
}
