import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. Only a failing test waits so long, so it can be long enough for a busy machine. */
const PATIENCE = 60_000;

/** Returns as soon as `holds` does. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE; !(await holds()); await sleep(50))
    if (Date.now() > end) throw new Error(`waited ${PATIENCE / 1000} s without success for: ${what}`);
}
