import { Failure } from '../../failure/failure.ts';
import { run } from '../process/run.ts';

/** The oldest nft that accepts the rulesets of portfwd. */
const OLDEST = [0, 9, 8];

/**
 * Puts the version of nft into a failure, or replaces it by `nft-too-old`. Asked only after a failure: a version number
 * says little about what nft can do, since distributions backport fixes.
 */
export async function withNftVersion(failure: Failure): Promise<Failure> {
  if (!['rejected', 'tool-failed'].includes(failure.reason)) return failure;
  const version = await nftVersion();
  if (version === undefined) return failure;
  const { reason, message, remedy, detail } = failure;
  if (!isAtLeast(version, OLDEST))
    return new Failure('nft-too-old', `nft ${version} is too old`, 'install nft 0.9.8 or later', detail);
  return new Failure(reason, message.replace(/^nft/, `nft ${version}`), remedy, detail);
}

/** False if the version is not known. */
export async function isNftAtLeast(oldest: readonly number[]): Promise<boolean> {
  const version = await nftVersion();
  return version !== undefined && isAtLeast(version, oldest);
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

function isAtLeast(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const at = oldest.findIndex((part, index) => part !== (parts[index] ?? 0));
  return at === -1 || (parts[at] ?? 0) > (oldest[at] ?? 0);
}
