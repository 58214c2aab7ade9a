import { Failure } from '../../failure/failure.ts';
import type { Outcome } from '../process/run.ts';

/** Throws what conntrack said as a Failure, unless it succeeded. */
export function succeeded(outcome: Outcome): Outcome {
  const said = outcome.stderr.trim();
  if (outcome.exitCode === 0) return outcome;
  if (/must be root|CAP_NET_ADMIN|not permitted/i.test(said)) {
    throw new Failure(
      'permission',
      'the kernel did not let conntrack at its table',
      'run as root, or with CAP_NET_ADMIN',
      said,
    );
  }
  throw new Failure(
    'tool-failed',
    outcome.timedOut ? 'conntrack did not finish in time' : 'conntrack failed',
    'see what conntrack said; the kernel needs nf_conntrack_netlink',
    said,
  );
}
