import { closeSync, mkdtempSync, openSync, rmdirSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A child finds the file that is its standard input under this path, and can open it as often as it likes. */
export const HANDED_OVER = '/proc/self/fd/0';

/**
 * A regular file without a name, for as long as `use` runs: 0600, and gone even when we are killed.
 * nft must not be fed through a pipe: up to 1.0.9 it takes broken JSON from one for an empty ruleset and exits 0.
 */
export async function withNamelessFile<T>(content: string, use: (descriptor: number) => Promise<T>): Promise<T> {
  const descriptor = openNameless();
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
    return await use(descriptor);
  } finally {
    closeSync(descriptor);
  }
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
