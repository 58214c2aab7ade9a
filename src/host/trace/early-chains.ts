import { bodiesOf, readListing } from '../../nft-json/objects.ts';
import { run } from '../process/run.ts';

/** The chains that get packets before the hook prerouting of IP: family, table and name. Empty if nft fails. */
export async function earlyChains(): Promise<readonly string[]> {
  const { stdout } = await run('nft', ['-j', 'list', 'chains']);
  return bodiesOf(readListing(stdout) ?? [], 'chain')
    .filter(({ family, hook }) => hook === 'ingress' || (family === 'bridge' && hook === 'prerouting'))
    .map(({ family, table, name }) => [family, table, name].join(' '));
}
