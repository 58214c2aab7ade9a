import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { createDurably } from './durable-file.ts';
import { isThere, writable } from './write-config-file.ts';

/**
 * Writes a new file, and its directory if that is missing. Anything of that name stays as it is, also a link without a target
 * and a file that another program creates at the same time. Throws `config-unwritable`.
 */
export function createConfigFile(path: string, text: string): void {
  const created = writable(path, () => {
    if (isThere(path)) return false;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    return createDurably(path, text, { mode: 0o644 });
  });
  if (created) return;
  throw new Failure(
    'config-unwritable',
    `${path} exists already`,
    'change it with portfwd edit, or name another file with --config',
  );
}

/** The JSON Schema that a package has beside the program. Undefined: the program is a single file. */
export function installedSchema(program: string): string | undefined {
  const path = join(dirname(existsSync(program) ? realpathSync(program) : program), SCHEMA_FILE);
  return existsSync(path) ? path : undefined;
}

export const SCHEMA_FILE = 'portfwd.schema.json';
