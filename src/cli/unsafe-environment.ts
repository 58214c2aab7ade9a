import { Failure } from '../failure/failure.ts';
import type { Context } from '../apply/context.ts';

/**
 * They make Node run code from elsewhere, or write files elsewhere, and root may have got its environment from another user.
 * Node has used some of them already when this runs (docs/security.md).
 */
const VARIABLES = [
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_COMPILE_CACHE',
  'NODE_REDIRECT_WARNINGS',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_V8_COVERAGE',
  'OPENSSL_CONF',
  'OPENSSL_ENGINES',
  'OPENSSL_MODULES',
] as const;

/** Throws `unsafe-environment`. */
export function refuseUnsafeEnvironment({ env, host }: Pick<Context, 'env' | 'host'>): void {
  const set = VARIABLES.filter((name) => env[name]);
  if (set.length === 0 || !host.isRoot()) return;
  throw new Failure(
    'unsafe-environment',
    `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set, which could run any code or write any file as root`,
    `run it without: env ${set.map((name) => `-u ${name}`).join(' ')} portfwd …`,
  );
}
