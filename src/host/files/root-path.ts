import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../../failure/failure.ts';

/** Empty for this host's own. Throws `boot-unwritable`. */
export function findRoot(path: string): string {
  try {
    return realpathSync(path).replace(/\/$/, '');
  } catch (error) {
    throw new Failure(
      'boot-unwritable',
      `there is no tree at ${path} (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'name the directory that is going to be / there',
    );
  }
}

/** More than any tree has, and fewer than a circle of links. */
const MOST_LINKS = 40;

/** Where a path of a tree really is, its links followed as its own kernel would: none of them leads out of it. */
export function resolveInRoot(root: string, path: string, links = 0): string | undefined {
  let at = '/';
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  for (const [index, name] of names.entries()) {
    if (name === '..') {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const found = lstatSync(join(root, next), { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    if (!found.isSymbolicLink()) {
      at = next;
      continue;
    }
    const target = readlinkSync(join(root, next));
    const whole = [target.startsWith('/') ? target : join(at, target), ...names.slice(index + 1)].join('/');
    return links < MOST_LINKS ? resolveInRoot(root, whole, links + 1) : undefined;
  }
  return join(root, at);
}

/** Undefined where it is not there, or nothing that could be read. */
export function readInRoot(root: string, path: string): string | undefined {
  const real = resolveInRoot(root, path);
  if (real === undefined || !lstatSync(real).isFile()) return undefined;
  return readFileSync(real, 'utf8');
}

/** The path of what is to be written: no link on the way, since whoever made it would choose where it leads. */
export function unlinkedPath(root: string, path: string): string {
  let at = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    at = join(at || '/', name);
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) break;
    if (found.isSymbolicLink()) {
      throw new Failure(
        'boot-unwritable',
        `${at} is a symbolic link, and ${path} would be written where it leads`,
        'put a directory or nothing in its place',
      );
    }
  }
  return join(root, path);
}
