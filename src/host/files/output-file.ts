import { lstatSync, realpathSync, statSync, writeFileSync, type Stats } from 'node:fs';
import { writeDurably } from './durable-file.ts';
import { Failure } from '../../failure/failure.ts';

/**
 * Replaces a regular file in one step; owner and mode stay, and a new file has mode 0644. A device or a pipe is written
 * to. Symbolic links are followed. Throws `output-unwritable`.
 */
export function writeOutputFile(path: string, content: string): void {
  try {
    refusePlanted(path);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) replaceFile(path, content, found);
    else writeFileSync(path, content);
  } catch (error) {
    throw new Failure(
      'output-unwritable',
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'name another path with -o',
    );
  }
}

function replaceFile(path: string, content: string, found: Stats | undefined): void {
  const attributes =
    found === undefined ? { mode: 0o644 } : { mode: found.mode & 0o777, owner: { uid: found.uid, gid: found.gid } };
  writeDurably(found === undefined ? path : realpathSync(path), content, { ...attributes, unlocked: true });
}

/** As the kernel does in world-writable directories (protected_symlinks, proc_sys_fs(5)): root would follow any link. */
function refusePlanted(path: string): void {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link?.isSymbolicLink() === true && ![0, process.geteuid?.()].includes(link.uid))
    throw Object.assign(new Error(), { code: 'a symbolic link of another user' });
}

/** The same file, perhaps under two names. */
export function isSameFile(path: string, other: string): boolean {
  const [one, two] = [path, other].map((name) => statSync(name, { throwIfNoEntry: false }));
  return one !== undefined && two !== undefined && one.dev === two.dev && one.ino === two.ino;
}
