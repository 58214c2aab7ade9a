import { Failure } from '../failure/failure.ts';
import type { World } from '../apply/context.ts';

/** They put code of somebody's choice into the program: root's must not be led by whose environment it got. */
const VARIABLES = ['NODE_OPTIONS', 'NODE_PATH'] as const;

/** Throws `unsafe-environment`. */
export function refuseUnsafeEnvironment({ env, host }: World): void {
  const set = VARIABLES.filter((name) => env[name]);
  if (set.length === 0 || !host.isRoot()) return;
  throw new Failure(
    'unsafe-environment',
    `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set, which could run any code as root`,
    `run it without: env ${set.map((name) => `-u ${name}`).join(' ')} portfwd …`,
  );
}
