import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { binary } from '../process/binary.ts';
import { fdPath, withAnonymousFiles } from '../process/anonymous-file.ts';
import { nftFailure } from '../nft/failure.ts';
import { run, type Outcome } from '../process/run.ts';
import { scratchNetwork } from '../process/scratch-namespace.ts';

export interface BootProof {
  readonly root: string;
  /** The distribution's own main file. */
  readonly main: string | undefined;
  /** The main file is what loads ours; else a service does, after it. */
  readonly included: boolean;
  /** What is going to be in the include directory. */
  readonly text: string;
  /** A chain of ours by which it is known. */
  readonly marker: string;
}

/**
 * Lets the boot happen in a network and a mount namespace of its own: the distribution's main file with ours in the
 * include directory, then ours. One bad file there would leave the host without any firewall. Throws
 * `boot-refused`; returns what goes wrong without ours as well.
 */
export async function proveBoot(proof: BootProof): Promise<string[]> {
  await provenAlone(proof);
  if (proof.main === undefined) return [];
  const main = quoted(proof.main.startsWith('/etc/') ? proof.main : join(proof.root, proof.main));
  const without = await boot(`nft -f ${main} && nft list tables`, proof);
  if (without.exitCode !== 0) {
    requireNamespace(without);
    return [`${proof.main} does not load by itself, and was left out of the proof: ${firstLine(without.stderr)}`];
  }
  const ours = proof.included ? '' : ' && nft -f "$1/ours.nft"';
  const script = `cp "$1/ours.nft" "$1/new/nftables.d/portfwd.nft" && nft -f ${main}${ours} && nft list tables && ${CHAINS}`;
  const together = await boot(script, proof);
  const lost = tablesIn(without.stdout).filter((table) => !tablesIn(together.stdout).includes(table));
  if (together.exitCode === 0 && together.stdout.includes(proof.marker) && lost.length === 0) return [];
  throw refused(
    `${proof.main} and the forwards do not load together`,
    together.stderr || `missing: ${lost.join(', ')}`,
  );
}

async function provenAlone(proof: BootProof): Promise<void> {
  const outcome = await boot(
    `nft -c -f "$1/ours.nft" && nft -f "$1/ours.nft" && nft -f "$1/ours.nft" && nft list tables && ${CHAINS}`,
    proof,
  );
  requireNamespace(outcome);
  const { exitCode, stdout, stderr } = outcome;
  const alone = tablesIn(stdout).join() === 'table inet portfwd';
  if (exitCode !== 0 || !alone || !stdout.includes(proof.marker))
    throw refused('nft does not load the forwards', stderr);
}

/** An nft that cannot be run, or no namespace to run it in, says nothing about the file. */
function requireNamespace(outcome: Outcome): void {
  const failure = nftFailure(outcome, 'load');
  if (failure !== undefined && failure.reason !== 'rejected') throw failure;
}

const CHAINS = 'nft -j list chains inet';

const tablesIn = (listing: string): string[] => listing.split('\n').filter((line) => line.startsWith('table '));

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

const refused = (message: string, detail: string): Failure =>
  new Failure(
    'boot-refused',
    `${message}; nothing was installed`,
    'see what nft said, and mend the file it names',
    detail,
  );

/**
 * /etc in there is the tree's own, entry by entry, but for an include directory without our file; nothing of it
 * is written. Links to the entries, since an overlay is not had everywhere.
 */
const FURNISH = `set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
NFT=$3
nft() { "$NFT" "$@"; }
mount -t tmpfs portfwd "$1"
mkdir -p "$1/etc" "$1/new/nftables.d"
[ ! -d "$2" ] || mount --rbind "$2" "$1/etc"
for entry in "$1/etc"/* "$1/etc"/.[!.]*; do
  [ "\${entry##*/}" = nftables.d ] || [ ! -e "$entry" ] || ln -s "$entry" "$1/new/"
done
for entry in "$1/etc/nftables.d"/*; do
  [ "\${entry##*/}" = portfwd.nft ] || [ ! -e "$entry" ] || ln -s "$entry" "$1/new/nftables.d/"
done
cat "$4" >"$1/ours.nft"
mount --rbind "$1/new" /etc
`;

async function boot(script: string, { root, text }: BootProof): Promise<Outcome> {
  const work = mkdtempSync(join(tmpdir(), 'portfwd-'));
  try {
    return await withAnonymousFiles([text], async (descriptors) => {
      const words = [work, join(root, '/etc'), binary('nft'), ...descriptors.map(fdPath)];
      const shell = [binary('sh'), '-c', FURNISH + script, 'sh', ...words];
      return run('unshare', [...scratchNetwork(), '--mount', ...shell], { descriptors });
    });
  } finally {
    rmdirSync(work);
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
