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
  if (isTooOld(version.split('.').map(Number)))
    return new Failure('nft-too-old', `nft ${version} is too old`, 'install nft 0.9.8 or later', detail);
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

function isTooOld(version: readonly number[]): boolean {
  const at = OLDEST.findIndex((part, index) => part !== (version[index] ?? 0));
  return at !== -1 && (version[at] ?? 0) < (OLDEST[at] ?? 0);
}
