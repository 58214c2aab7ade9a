import { Failure } from './failure.ts';
import { run } from './run.ts';

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
