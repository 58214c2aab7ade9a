import { constants } from 'node:os';
import { Failure, type FailureReason } from '../../failure/failure.ts';
import { type Outcome, run } from '../process/run.ts';

/** What nft was asked for: only a ruleset can be refused. */
export type Doing = 'load' | 'list';

interface Meaning {
  readonly reason: FailureReason;
  readonly message: string;
  readonly remedy: string;
}

/** The only place that reads what nft says. Undefined when the run succeeded. */
export function nftFailure(outcome: Outcome, doing: Doing): Failure | undefined {
  if (outcome.exitCode === 0) return undefined;
  const said = outcome.stderr.trim();
  const { reason, message, remedy } = ended(outcome) ?? MEANINGS.find(([words]) => words.test(said))?.[1] ?? NO[doing];
  return new Failure(reason, message, remedy, said);
}

function ended({ exitCode, signal, timedOut }: Outcome): Meaning | undefined {
  if (timedOut) {
    return {
      reason: 'nft-died',
      message: 'nft did not finish in time and was stopped',
      remedy: 'run portfwd status to see what the kernel holds',
    };
  }
  const died = signal ?? signalIn(exitCode);
  if (died !== undefined) {
    return {
      reason: CRASHES.has(died) ? 'rejected' : 'nft-died',
      message: `nft died of ${died}`,
      remedy: 'if nft list tables dies too, sets were made by a newer nft in this network namespace: use that one',
    };
  }
  return exitCode === undefined || exitCode === NOT_EXECUTABLE || exitCode === NOT_FOUND ? CANNOT_RUN : undefined;
}

/** How nft up to 1.0.9 tells of many an error of the kernel's. */
const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT']);

/** What a shell says of a program that it could not start (sh(1)); a signal is 128 more than its number. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

const signalIn = (exitCode: number | undefined): string | undefined =>
  Object.entries(constants.signals).find(([, number]) => number + 128 === exitCode)?.[0];

const CANNOT_RUN: Meaning = {
  reason: 'tool-failed',
  message: 'nft cannot be run',
  remedy: 'install it anew, on Debian and Ubuntu with: apt-get install --reinstall nftables',
};

const NO: Readonly<Record<Doing, Meaning>> = {
  load: {
    reason: 'rejected',
    message: 'nft refused the ruleset; nothing was changed',
    remedy: 'see what nft said',
  },
  list: {
    reason: 'tool-failed',
    message: 'nft could not list what the kernel holds',
    remedy: 'see what nft said',
  },
};

/** The first that fits. */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [
    /unshare failed|unshare: .*(?:Operation not permitted|No space left)|write failed \/proc\/self\/uid_map/,
    {
      reason: 'nft-no-namespace',
      message: 'no network namespace could be made to try the ruleset in',
      remedy:
        'run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces)',
    },
  ],
  [
    /JSON support not compiled-in/i,
    {
      reason: 'nft-no-json',
      message: 'this nft was built without JSON',
      remedy: 'install a build with libjansson, such as the nftables package of the distribution',
    },
  ],
  [
    /Operation not permitted|must be root|Permission denied/i,
    {
      reason: 'permission',
      message: 'the kernel did not let nft at the ruleset',
      remedy: 'run as root, or with CAP_NET_ADMIN',
    },
  ],
  [
    /unrecognized option|invalid option/i,
    { reason: 'nft-too-old', message: 'this nft is too old', remedy: 'portfwd needs nft 0.9.8 or later' },
  ],
  [
    /cache initialization failed|Protocol not supported|Address family not supported/i,
    {
      reason: 'tool-failed',
      message: 'the kernel has no nf_tables',
      remedy: 'load the module nf_tables, or use a kernel of 5.10 or later that has it',
    },
  ],
  [
    /Message too long/i,
    {
      reason: 'rejected',
      message: 'the ruleset is longer than the kernel takes from a user namespace at once; nothing was changed',
      remedy: 'raise net.core.wmem_max on the host, or run as root outside of the container',
    },
  ],
];

/** The oldest that takes what portfwd emits. */
const OLDEST = [0, 9, 8];

/**
 * Names the version of nft in what went wrong; one that is too old is what went wrong. Asked only now: what a
 * version can do is seen by trying (its number says little, since distributions mend old ones).
 */
export async function namingVersion(failure: Failure): Promise<Failure> {
  if (!['rejected', 'tool-failed'].includes(failure.reason)) return failure;
  const version = await nftVersion();
  if (version === undefined) return failure;
  const { reason, message, remedy, detail } = failure;
  if (isOlder(version.split('.').map(Number)))
    return new Failure('nft-too-old', `nft ${version} is too old`, 'portfwd needs nft 0.9.8 or later', detail);
  return new Failure(reason, message.replace(/^nft/, `nft ${version}`), remedy, detail);
}

async function nftVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run('nft', ['--version'], { timeout: 5000 });
    return /^nftables v(\d+(?:\.\d+)+)/.exec(stdout)?.[1];
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function isOlder(version: readonly number[]): boolean {
  const at = OLDEST.findIndex((part, index) => part !== (version[index] ?? 0));
  return at !== -1 && (version[at] ?? 0) < (OLDEST[at] ?? 0);
}
