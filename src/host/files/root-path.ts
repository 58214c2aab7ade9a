import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../../failure/failure.ts';

/** The absolute path of a tree; empty for /. Throws `boot-unwritable`. */
export function findRoot(path: string): string {
  try {
    return realpathSync(path).replace(/\/$/, '');
  } catch (error) {
    throw new Failure(
      'boot-unwritable',
      `the directory ${path} cannot be used (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'give --root the directory that will be / of the other host',
    );
  }
}

/** The kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;

/** Follows the links of a path as a kernel with this root would: none of them leaves the tree. Undefined if absent. */
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
    return links < MAX_LINKS ? resolveInRoot(root, whole, links + 1) : undefined;
  }
  return join(root, at);
}

/** Undefined if there is no such regular file. */
export function readInRoot(root: string, path: string): string | undefined {
  const real = resolveInRoot(root, path);
  if (real === undefined || !lstatSync(real).isFile()) return undefined;
  return readFileSync(real, 'utf8');
}

/** Joins root and path. Throws `boot-unwritable` if there is a symbolic link on the way: files would be written elsewhere. */
export function pathWithoutLinks(root: string, path: string): string {
  let at = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    at = join(at || '/', name);
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) break;
    if (found.isSymbolicLink()) {
      throw new Failure(
        'boot-unwritable',
        `${at} is a symbolic link, so ${path} would be written to another place`,
        'replace the link with a directory, or remove it',
      );
    }
  }
  return join(root, path);
}
