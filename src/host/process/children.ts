import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { onExit } from 'signal-exit';
import { binary, type Tool } from './binary.ts';

/** How a process ended. */
interface End {
  /** Undefined if a signal ended the process, or if it could not be started. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Why it could not be started, or nothing. */
  readonly problem: string;
}

/** A process, and how it ends: a failure to start it, too, is an end. */
export interface Child {
  /** Undefined if it could not be started. */
  readonly process: ChildProcess | undefined;
  readonly ended: Promise<End>;
}

/** The environment of a tool: what it prints is read, so it must not depend on the language of the user. */
export const FIXED_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

const running = new Set<ChildProcess>();
let isWatching = false;

/** Starts a tool by its absolute path. `ended` is fulfilled when its output, as far as it is a pipe, has ended as well. */
export function start(tool: Tool, args: readonly string[], options: SpawnOptions): Child {
  const path = binary(tool);
  try {
    const child = spawn(path, args, options);
    return { process: child, ended: endOf(child) };
  } catch (error) {
    // No memory, for example.
    return { process: undefined, ended: Promise.resolve(notStarted(error)) };
  }
}

const endOf = async (child: ChildProcess): Promise<End> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)));
    child.once('close', (code, signal) =>
      resolve({ exitCode: code ?? undefined, signal: signal ?? undefined, problem: '' }),
    );
  });

const notStarted = (error: unknown): End => ({
  exitCode: undefined,
  signal: undefined,
  problem: error instanceof Error ? `${error.message}\n` : '',
});

/** Does nothing if it was not started: Node would send the signal to process 0, which is all of our process group. */
export function kill(child: ChildProcess | undefined): void {
  if (child?.pid !== undefined) child.kill('SIGKILL');
}

/** From now on this child is killed if portfwd ends before it, also by a signal. SIGKILL cannot be noticed. */
export function endWithPortfwd({ process: child, ended }: Child): void {
  if (child === undefined) return;
  if (!isWatching) onExit(() => running.forEach(kill));
  isWatching = true;
  running.add(child);
  void ended.then(() => running.delete(child));
}
