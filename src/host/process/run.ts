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
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...((options.descriptors ?? []) as 3[])],
    ...(options.input === undefined ? {} : { input: options.input }),
    timeout: options.timeout ?? TIMEOUT,
    maxBuffer: MAX_OUTPUT,
  });
  return { exitCode, signal, timedOut, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/**
 * Runs a tool in the same way, and hands over its output line by line: however much it prints, little memory is needed.
 * False if the tool fails.
 */
export async function readLines(tool: Tool, args: readonly string[], use: (line: string) => void): Promise<boolean> {
  const { execa } = await import('execa');
  const child = execa(binary(tool), args, {
    ...FIXED,
    stdio: ['ignore', 'pipe', 'ignore'],
    buffer: false,
    timeout: TIMEOUT,
  });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const text = rest + chunk;
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      use(text.slice(start, end));
      start = end + 1;
    }
    rest = text.slice(start);
  });
  const { exitCode } = await child;
  return exitCode === 0;
}

const FIXED = {
  cwd: '/',
  env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  extendEnv: false,
  killSignal: 'SIGKILL',
  reject: false,
  stripFinalNewline: false,
} as const;
