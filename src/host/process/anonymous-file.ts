import { closeSync, mkdtempSync, openSync, rmdirSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIRST_DESCRIPTOR } from './run.ts';

/** Where a child finds the file that has this place among those it was given, and can open it as often as it likes. */
export const pathHandedOver = (_: number, place: number): string => `/proc/self/fd/${FIRST_DESCRIPTOR + place}`;

/**
 * Regular files without a name, for as long as `use` runs: 0600, and gone even when we are killed.
 * nft must not be fed through a pipe: up to 1.0.9 it takes broken JSON from one for an empty ruleset and exits 0.
 */
export async function withNamelessFiles<T>(
  contents: readonly string[],
  use: (descriptors: readonly number[]) => Promise<T>,
): Promise<T> {
  const descriptors: number[] = [];
  try {
    for (const content of contents) descriptors.push(write(content, openNameless()));
    return await use(descriptors);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

function write(content: string, descriptor: number): number {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
  return descriptor;
}

function openNameless(): number {
  const directory = mkdtempSync(join(tmpdir(), 'portfwd-'));
  const path = join(directory, 'ruleset');
  try {
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return descriptor;
  } finally {
    rmdirSync(directory);
  }
}
