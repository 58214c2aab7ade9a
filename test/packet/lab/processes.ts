import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { until } from './until.ts';

/** Sends a signal to a process (or to a group, if negative) that may have ended by now. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Of everything that runs in a network namespace. */
export const pidsIn = async (namespace: string): Promise<number[]> =>
  (await execa('ip', ['netns', 'pids', namespace])).stdout.split('\n').filter(Boolean).map(Number);

/** Returns when nothing runs in it any more. */
export const untilNoProcess = async (namespace: string): Promise<void> =>
  until(`no process is left in ${namespace}`, async () => (await pidsIn(namespace)).length === 0);

/** Empty if the process has ended. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Its words, or nothing if the process has ended. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return '';
  }
}
