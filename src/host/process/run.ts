import type { Tool } from './binary.ts';
import { endWithPortfwd, FIXED_ENVIRONMENT, kill, start } from './children.ts';

export interface Outcome {
  /** Undefined if a signal ended the process, or if it could not be started. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  /** Why it could not be started, if so. */
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
/** Characters of the longest output that is read. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/**
 * Runs a tool to its end, by its absolute path, in `/`, with a fixed environment and a timeout. A tool that prints too much
 * is killed.
 */
export async function run(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { input, output = 'pipe', descriptors = [], timeout = TIMEOUT } = options;
  const started = start(tool, args, {
    cwd: '/',
    env: FIXED_ENVIRONMENT,
    stdio: [input === undefined ? 'ignore' : 'pipe', output, 'pipe', ...descriptors],
  });
  endWithPortfwd(started);
  const { process: child } = started;
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child?.[name]?.setEncoding('utf8').on('data', (part: string) => {
      printed[name] += part;
      if (printed[name].length > MAX_OUTPUT) kill(child);
    });
  const timer = setTimeout(() => kill(child), timeout);
  // What the tool itself has started may keep the pipes open.
  let late: NodeJS.Timeout | undefined;
  child?.once('exit', () => {
    late = setTimeout(
      () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()),
      child.killed ? 0 : timeout,
    );
  });
  // A tool that ends early has not read it.
  child?.stdin?.on('error', () => {}).end(input);
  const { exitCode, signal, problem } = await started.ended;
  clearTimeout(timer);
  clearTimeout(late);
  const isTooMuch = Object.values(printed).some(({ length }) => length > MAX_OUTPUT);
  const timedOut = child?.killed === true && !isTooMuch;
  return { exitCode, signal, timedOut, stdout: printed.stdout, stderr: printed.stderr + problem };
}
