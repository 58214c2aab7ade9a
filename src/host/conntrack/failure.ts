import { Failure } from '../../failure/failure.ts';
import type { Outcome } from '../process/run.ts';

/** Throws a Failure if conntrack failed. */
export function expectSuccess(outcome: Outcome, tool = 'conntrack'): Outcome {
  const stderr = outcome.stderr.trim();
  if (outcome.exitCode === 0) return outcome;
  if (/must be root|CAP_NET_ADMIN|not permitted/i.test(stderr)) {
    throw new Failure(
      'permission',
      'permission denied: conntrack may not read or change its table',
      'run as root, or with CAP_NET_ADMIN',
      stderr,
    );
  }
  throw new Failure(
    'tool-failed',
    outcome.timedOut ? `${tool} did not finish in time` : `${tool} failed`,
    'see its message below; it needs the kernel module nf_conntrack_netlink',
    stderr,
  );
}
