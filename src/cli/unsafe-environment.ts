import { Failure } from '../failure/failure.ts';
import type { Context } from '../apply/context.ts';

/** They make Node run code from elsewhere, and root may have got its environment from another user. */
const VARIABLES = ['NODE_OPTIONS', 'NODE_PATH'] as const;

/** Throws `unsafe-environment`. */
export function refuseUnsafeEnvironment({ env, host }: Pick<Context, 'env' | 'host'>): void {
  const set = VARIABLES.filter((name) => env[name]);
  if (set.length === 0 || !host.isRoot()) return;
  throw new Failure(
    'unsafe-environment',
    `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set, which could run any code as root`,
    `run it without: env ${set.map((name) => `-u ${name}`).join(' ')} portfwd …`,
  );
}
