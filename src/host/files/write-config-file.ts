import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { prepareFile, type Prepared } from './durable-file.ts';
import { requireWritable } from './writable-directory.ts';

/**
 * Writes the new content to a temporary file beside the model file. Owner and mode stay; a new file has mode 0644. A
 * symbolic link is refused: writing to its target could overwrite any file. Throws `config-unwritable`.
 */
export function prepareConfigFile(path: string, content: Uint8Array): Prepared {
  const found = refuseLink(path);
  return writable(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const { commit, discard } = prepareFile(path, content, attributesOf(found));
    return { commit: () => writable(path, commit), discard };
  });
}

/** Throws if `prepareConfigFile` would, except for lack of space. Writes nothing. */
export function inspectConfigFile(path: string): void {
  refuseLink(path);
  writable(path, () => requireWritable(dirname(path)));
}

function refuseLink(path: string): Stats | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() !== true) return found;
  throw new Failure(
    'config-unwritable',
    `${path} is a symbolic link, which portfwd does not replace`,
    'name its target with --config',
  );
}

const attributesOf = (found: Stats | undefined) =>
  found === undefined ? { mode: 0o644 } : { mode: found.mode & 0o777, owner: { uid: found.uid, gid: found.gid } };

function writable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Failure(
      'config-unwritable',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'free some space, or run as a user who can write to its directory',
    );
  }
}
