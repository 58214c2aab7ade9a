import { Failure } from './failure.ts';
import type { Outcome } from './run.ts';

/** The only place that reads what nft says. Undefined when the run succeeded. */
export function nftFailure({ exitCode, signal, timedOut, stderr }: Outcome): Failure | undefined {
  const said = stderr.trim();
  if (timedOut)
    return new Failure(
      'nft-died',
      'nft did not finish in time and was stopped',
      'run portfwd status to see what the kernel holds',
      said,
    );
  if (signal !== undefined) {
    return new Failure(
      CRASHES.has(signal) ? 'rejected' : 'nft-died',
      `nft died of ${signal}`,
      'if nft list tables dies too, sets were made by a newer nft in this network namespace: use that one',
      said,
    );
  }
  if (exitCode === 0) return undefined;
  if (
    /unshare failed|unshare: .*(?:Operation not permitted|No space left)|write failed \/proc\/self\/uid_map/.test(said)
  ) {
    return new Failure(
      'nft-no-namespace',
      'no network namespace could be made to try the ruleset in',
      'run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces)',
      said,
    );
  }
  if (/JSON support not compiled-in/i.test(said)) {
    return new Failure(
      'nft-no-json',
      'this nft was built without JSON',
      'install a build with libjansson, such as the nftables package of the distribution',
      said,
    );
  }
  if (/Operation not permitted|must be root|Permission denied/i.test(said)) {
    return new Failure(
      'permission',
      'the kernel did not let nft at the ruleset',
      'run as root, or with CAP_NET_ADMIN',
      said,
    );
  }
  if (/unrecognized option|invalid option/i.test(said)) {
    return new Failure('nft-too-old', 'this nft is too old', 'portfwd needs nft 0.9.8 or later', said);
  }
  if (/cache initialization failed|Protocol not supported|Address family not supported/i.test(said)) {
    return new Failure(
      'tool-failed',
      'the kernel has no nf_tables',
      'load the module nf_tables, or use a kernel of 5.10 or later that has it',
      said,
    );
  }
  if (/Message too long/i.test(said)) {
    return new Failure(
      'rejected',
      'the ruleset is longer than the kernel takes from a user namespace at once; nothing was changed',
      'raise net.core.wmem_max on the host, or run as root outside of the container',
      said,
    );
  }
  return new Failure('rejected', 'nft refused the ruleset; nothing was changed', 'see what nft said', said);
}

/** How nft up to 1.0.9 tells of many an error of the kernel's. */
const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT']);
