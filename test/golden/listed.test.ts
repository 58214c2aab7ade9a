import { readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { declaredIn, isSameTable } from '../../src/compare/same-table.ts';
import { MARKER_PREFIX } from '../../src/emit/json.ts';
import { readListing, type NftObject } from '../../src/nft-json/objects.ts';

const ROOT = new URL('../../rulesets/', import.meta.url).pathname;

/** As the kernel holds it, without the marker. */
async function listed(document: string): Promise<readonly NftObject[]> {
  const script = 'cat | nft -j -f - && nft -j -n list table inet portfwd';
  const { stdout } = await execa('unshare', ['--map-root-user', '--net', 'sh', '-c', script], { input: document });
  return readListing(stdout)?.filter(({ body }) => !String(body['name']).startsWith(MARKER_PREFIX)) ?? [];
}

test('nft lists the elements of every ruleset as the quick comparison expects', async () => {
  for (const name of readdirSync(ROOT)) {
    const document = readFileSync(`${ROOT}${name}/ruleset.json`, 'utf8');
    const declared = declaredIn(document);
    const [full, empty] = await Promise.all([listed(document), listed(declared.declarations)]);
    expect([name, isSameTable(full, empty, declared)]).toEqual([name, true]);
  }
});
