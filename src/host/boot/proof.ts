import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { nftFailure } from '../nft/failure.ts';
import type { Outcome } from '../process/run.ts';
import { OURS, OURS_INCLUDED, quoted, runAsBoot } from './sandbox.ts';

export interface BootProof {
  readonly root: string;
  /** The distribution's nftables.conf. */
  readonly main: string | undefined;
  /** The main file includes the file of portfwd; otherwise a service loads it after the main file. */
  readonly included: boolean;
  /** The content of /etc/nftables.d/portfwd.nft. */
  readonly text: string;
  /** The chain that marks the ruleset. */
  readonly marker: string;
}

/**
 * Loads the files in new network and mount namespaces as the next boot will: the distribution's main file, with the file
 * of portfwd in its include directory or after it. A main file that fails to load leaves the host without a firewall.
 * Throws `boot-refused`. Returns a warning if the main file fails even without portfwd.
 */
export async function proveBoot(proof: BootProof): Promise<string[]> {
  await proveAlone(proof);
  if (proof.main === undefined) return [];
  const main = quoted(proof.main.startsWith('/etc/') ? proof.main : join(proof.root, proof.main));
  const without = await runAsBoot(`nft -f ${main} && nft list tables`, proof);
  if (without.exitCode !== 0) {
    requireNamespace(without);
    return [
      `${proof.main} fails to load even without the forwards, so the two were not tested together: ${firstLine(without.stderr)}`,
    ];
  }
  const after = proof.included ? '' : ` && nft -f ${OURS}`;
  const script = `cp ${OURS} ${OURS_INCLUDED} && nft -f ${main}${after} && nft list tables && ${CHAINS}`;
  const together = await runAsBoot(script, proof);
  const lost = tablesIn(without.stdout).filter((table) => !tablesIn(together.stdout).includes(table));
  if (together.exitCode === 0 && together.stdout.includes(proof.marker) && lost.length === 0) return [];
  throw refused(
    `nft does not load ${proof.main} and the forwards together`,
    together.stderr || `these tables would be missing: ${lost.join(', ')}`,
  );
}

async function proveAlone(proof: BootProof): Promise<void> {
  const outcome = await runAsBoot(
    `nft -c -f ${OURS} && nft -f ${OURS} && nft -f ${OURS} && nft list tables && ${CHAINS}`,
    proof,
  );
  requireNamespace(outcome);
  const { exitCode, stdout, stderr } = outcome;
  const alone = tablesIn(stdout).join() === 'table inet portfwd';
  if (exitCode !== 0 || !alone || !stdout.includes(proof.marker))
    throw refused('nft does not load the forwards', stderr);
}

/** If nft or the namespace could not be started, the files were not tested. */
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
    'see the message of nft below, and fix the file that it names',
    detail,
  );
