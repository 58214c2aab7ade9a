import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fdPath, withAnonymousFiles } from '../process/anonymous-file.ts';
import { binary } from '../process/binary.ts';
import { run, type Outcome } from '../process/run.ts';
import { scratchNetwork } from '../process/scratch-namespace.ts';

/** Shell words for use in the script of `runAsBoot`. */
export const OURS = '"$1/ours.nft"';
export const OURS_INCLUDED = '"$1/new/nftables.d/portfwd.nft"';

/**
 * Runs a shell script in new network and mount namespaces, in which /etc is that of the tree, without the file of portfwd.
 * `text` is in the file OURS.
 */
export async function runAsBoot(
  script: string,
  { root, text }: { readonly root: string; readonly text: string },
): Promise<Outcome> {
  const work = mkdtempSync(join(tmpdir(), 'portfwd-'));
  try {
    return await withAnonymousFiles([text], async (descriptors) => {
      const words = [work, join(root, '/etc'), binary('nft'), ...descriptors.map(fdPath)];
      const shell = [binary('sh'), '-c', MOUNT_ETC + script, 'sh', ...words];
      return run('unshare', [...scratchNetwork(), '--mount', ...shell], { descriptors });
    });
  } finally {
    rmdirSync(work);
  }
}

/** Links to the entries of the tree's /etc, since not every kernel has overlayfs. The tree itself is not written. */
const MOUNT_ETC = `set -e
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

export const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
