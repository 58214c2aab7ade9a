import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { prepareFile, type Prepared } from './durable-file.ts';
import { Failure } from './failure.ts';
import { requireWritable } from './writable-directory.ts';

/**
 * The new text of the model file, on disk and not yet in its place. Owner and mode stay as they are; a new
 * file is 0644. A link is not followed: who planted it would choose what is overwritten.
 */
export function prepareConfigFile(path: string, content: Uint8Array): Prepared {
  const found = refuseLink(path);
  return writable(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const { commit, discard } = prepareFile(path, content, attributesOf(found));
    return { commit: () => writable(path, commit), discard };
  });
}

/** Throws `config-unwritable` where `prepareConfigFile` would; writes nothing. */
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
    'name the file that it leads to with --config',
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
      'make room, or run as a user who can write to its directory',
    );
  }
}
