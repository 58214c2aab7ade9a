import { readFileSync } from 'node:fs';
import { readListing } from '../../../src/nft-json/objects.ts';

export const VERSIONS = ['0.9.8', '1.0.6', '1.1.3', '1.1.7'] as const;

/** What `nft -j -n list table inet fw` of that version prints after `nft -f table.nft`. */
export const listing = (version: string) =>
  readListing(readFileSync(new URL(`listings/${version}.json`, import.meta.url), 'utf8')) ?? [];
