import { binary, type Tool } from './binary.ts';

export interface Outcome {
  /** Undefined if a signal ended the process. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Open files that the child inherits, as FIRST_DESCRIPTOR and following. */
  readonly descriptors?: readonly number[];
  /** Milliseconds. */
  readonly timeout?: number;
  /** Standard input. Without it, the tool has none. */
  readonly input?: string;
  /** An open file for standard output, which then is empty in the outcome. */
  readonly output?: number;
}

/** After standard input, output and error. */
export const FIRST_DESCRIPTOR = 3;

/** Milliseconds. */
const TIMEOUT = 60_000;
/** Bytes. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/**
 * Runs a tool to its end, by its absolute path, in `/`, with a fixed environment and a timeout. execa is imported on first
 * use, since loading it costs start-up time that commands without tools can save.
 */
export async function run(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { execa } = await import('execa');
  const { exitCode, signal, timedOut, stdout, stderr } = await execa(binary(tool), args, {
    ...FIXED,
    // The type allows only descriptors up to 9; execa allows all.
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      (options.output ?? 'pipe') as 'pipe',
      'pipe',
      ...((options.descriptors ?? []) as 3[]),
    ],
    ...(options.input === undefined ? {} : { input: options.input }),
    timeout: options.timeout ?? TIMEOUT,
    maxBuffer: MAX_OUTPUT,
  });
  return { exitCode, signal, timedOut, stdout: stdout ?? '', stderr: stderr ?? '' };
}

const FIXED = {
  cwd: '/',
  env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  extendEnv: false,
  killSignal: 'SIGKILL',
  reject: false,
  stripFinalNewline: false,
} as const;
