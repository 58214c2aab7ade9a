import { constants } from 'node:os';
import { Failure, type FailureReason } from '../../failure/failure.ts';
import type { Outcome } from '../process/run.ts';

/** Only a load can be rejected. */
export type Operation = 'load' | 'list';

interface Explanation {
  readonly reason: FailureReason;
  readonly message: string;
  readonly remedy: string;
}

/** Turns an error of nft into a sentence. No other file reads its error messages. Undefined if nft succeeded. */
export function nftFailure(outcome: Outcome, operation: Operation): Failure | undefined {
  if (outcome.exitCode === 0) return undefined;
  const stderr = outcome.stderr.trim();
  const { reason, message, remedy } =
    failureOfExit(outcome) ?? EXPLANATIONS.find(([pattern]) => pattern.test(stderr))?.[1] ?? DEFAULT_FAILURE[operation];
  return new Failure(reason, message, remedy, stderr);
}

/** If nft did not end by itself, what it printed does not count. */
function failureOfExit({ exitCode, signal, timedOut }: Outcome): Explanation | undefined {
  if (timedOut) {
    return {
      reason: 'nft-died',
      message: 'nft did not finish in time and was stopped',
      remedy: 'see what the kernel holds now: portfwd status',
    };
  }
  const killedBy = signal ?? signalIn(exitCode);
  if (killedBy !== undefined) {
    return {
      reason: CRASHES.has(killedBy) ? 'rejected' : 'nft-died',
      message: `nft was killed by ${killedBy}`,
      remedy:
        'run nft list tables: if it crashes too, a newer nft created sets in this network namespace, and this nft cannot read them; use the newer one',
    };
  }
  return exitCode === undefined || exitCode === NOT_EXECUTABLE || exitCode === NOT_FOUND ? CANNOT_RUN : undefined;
}

/** nft up to 1.0.9 crashes on many errors that the kernel reports: nothing was loaded then. */
const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT']);

/** Exit codes of a shell that could not start a program (sh(1)), or whose program was killed: 128 + signal. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

const signalIn = (exitCode: number | undefined): string | undefined =>
  Object.entries(constants.signals).find(([, number]) => number + 128 === exitCode)?.[0];

const CANNOT_RUN: Explanation = {
  reason: 'tool-failed',
  message: 'nft cannot be run',
  remedy:
    'reinstall it (Debian and Ubuntu: apt-get install --reinstall nftables; if nftables.service is active, that restarts it: it loads its file again, and other programs have to load their rules again)',
};

const DEFAULT_FAILURE: Readonly<Record<Operation, Explanation>> = {
  load: {
    reason: 'rejected',
    message: 'nft refused the ruleset; nothing was changed',
    remedy: 'see its message below',
  },
  list: {
    reason: 'tool-failed',
    message: 'nft could not list the ruleset',
    remedy: 'see its message below',
  },
};

/** The first match counts. */
const EXPLANATIONS: readonly (readonly [RegExp, Explanation])[] = [
  [
    /unshare failed|unshare: .*(?:Operation not permitted|No space left)|write failed \/proc\/self\/uid_map/,
    {
      reason: 'nft-no-namespace',
      message: 'could not create a network namespace to check the ruleset in',
      remedy:
        'run as root, or allow user namespaces (sysctls user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)',
    },
  ],
  [
    /JSON support not compiled-in/i,
    {
      reason: 'nft-no-json',
      message: 'this nft was built without JSON support',
      remedy: 'install the nftables package of the distribution, which has it',
    },
  ],
  [
    /Operation not permitted|must be root|Permission denied/i,
    {
      reason: 'permission',
      message: 'permission denied: nft may not read or change the ruleset',
      remedy: 'run as root, or with CAP_NET_ADMIN',
    },
  ],
  [
    /unrecognized option|invalid option/i,
    { reason: 'nft-too-old', message: 'this nft is too old', remedy: 'install nft 0.9.8 or later' },
  ],
  [
    /cache initialization failed|Protocol not supported|Address family not supported/i,
    {
      reason: 'tool-failed',
      message: 'the kernel does not support nf_tables',
      remedy: 'load the module (modprobe nf_tables), or use a kernel 5.10 or later that has it',
    },
  ],
  [
    /Message too long/i,
    {
      reason: 'rejected',
      message: 'the ruleset is too long for one transaction in a user namespace; nothing was changed',
      remedy: 'raise net.core.wmem_max on the host, outside of the container, or run portfwd as root of the host',
    },
  ],
];
