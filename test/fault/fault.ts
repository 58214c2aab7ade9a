import { appendFileSync } from 'node:fs';

/**
 * What happens at one call of a run, by its number or by how it begins: `PORTFWD_FAULT=17:fail`,
 * `PORTFWD_FAULT='run nft -j -f:signal'`. With `PORTFWD_FAULT_LOG` every call is written down.
 */
export type Action =
  /** The call is refused, as by a full or broken disk; a program ends with 1 before it did anything. */
  | 'fail'
  /** portfwd gets SIGKILL; a program it has just started goes on. */
  | 'kill'
  /** The program gets SIGKILL as soon as it runs, or PORTFWD_FAULT_DELAY milliseconds later. */
  | 'signal'
  /** The program does nothing, for longer than portfwd waits. */
  | 'hang'
  /** From now on the disk is full: each call that needs space is refused, also when this call is undone. */
  | 'full'
  /** From now on all disks are read-only, and so is /proc/sys. */
  | 'read-only';

const [at, action] = (process.env['PORTFWD_FAULT'] ?? '').split(':');
const log = process.env['PORTFWD_FAULT_LOG'];

let calls = 0;
/** One fault a run: what undoes it is not to fail as well. */
let isOver = false;

/** How the disks are from the fault on. */
let disk: 'full' | 'read-only' | undefined;

export const diskIs = (): typeof disk => disk;

/** Counts a call, and says what shall become of it. */
export function faultAt(call: string): Action | undefined {
  calls += 1;
  if (log !== undefined) appendFileSync(log, `${call}\n`);
  if (at === undefined || at === '') return undefined;
  if (isOver || (calls !== Number(at) && !call.startsWith(at))) return undefined;
  isOver = true;
  if (action === 'full' || action === 'read-only') disk = action;
  return action as Action;
}

export const killOurselves = (): void => void process.kill(process.pid, 'SIGKILL');
