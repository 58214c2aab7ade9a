import { binary, type Tool } from '../process/binary.ts';
import { FIXED_ENVIRONMENT, start } from '../process/children.ts';

/** A process that does its work until its standard input ends: by `stop`, or because portfwd ended in any way. */
export interface Helper {
  readonly write: (text: string) => void;
  /** What it printed on standard error. */
  readonly errors: () => string;
  readonly hasEnded: () => boolean;
  /** Ends its standard input and waits until it has ended. */
  readonly stop: () => Promise<void>;
}

interface Output {
  readonly onLine?: (line: string) => unknown;
  readonly onEnd?: () => unknown;
}

/** Runs a script in a shell whose $0 is the path of nft. */
export const startHelper = (script: string, args: readonly string[], output: Output): Helper =>
  startProcess('sh', ['-c', script, binary('nft'), ...args], output);

/** In a session of its own, so that Ctrl-C and a signal to the process group of portfwd do not end it. */
export function startProcess(tool: Tool, args: readonly string[], { onLine, onEnd }: Output): Helper {
  const { process: child, ended: end } = start(tool, args, {
    cwd: '/',
    // nft -i would write its history there.
    env: { ...FIXED_ENVIRONMENT, HOME: '/dev/null' },
    detached: true,
    stdio: 'pipe',
  });
  let [ended, errors, rest] = [false, '', ''];
  const isOver = async (): Promise<void> => {
    // A process that it started can keep its output open.
    const exited = new Promise<undefined>((resolve) => void child?.once('exit', () => resolve(undefined)));
    const { problem = '' } = (await Promise.race([end, exited])) ?? {};
    errors += problem;
    if (problem !== '') onEnd?.();
    ended = true;
  };
  const over = isOver();
  child?.stdin?.on('error', () => {});
  child?.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(0, MOST_ERRORS)));
  child?.stdout
    ?.setEncoding('utf8')
    .on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, MOST_LINE);
      for (const line of lines) onLine?.(line);
    })
    .on('end', () => onEnd?.());
  return {
    write: (text) => void child?.stdin?.write(text),
    errors: () => errors,
    hasEnded: () => ended,
    stop: async () => {
      child?.stdin?.end();
      const late = setTimeout(() => killGroup(child?.pid), LATE);
      await over;
      clearTimeout(late);
      // If it was killed, what it started is still there.
      killGroup(child?.pid);
    },
  };
}

/** Characters. */
const MOST_ERRORS = 10_000;
const MOST_LINE = 1_000_000;
/** Milliseconds. */
const LATE = 10_000;

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
