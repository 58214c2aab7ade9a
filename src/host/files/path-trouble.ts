import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { withAbove } from './with-above.ts';

/**
 * What is wrong with a path, in one clause that names the part of it, and the code of the system error. Undefined: the
 * error is not about the path.
 */
export function pathTrouble(path: string, error: unknown): string | undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  const trouble = TROUBLES[code]?.([...withAbove(resolve(path))].reverse());
  return trouble && `${trouble}, ${code}`;
}

const TROUBLES: Readonly<Record<string, (parts: readonly string[]) => string>> = {
  ENAMETOOLONG: () => 'it, or a name in it, is too long',
  ENOTDIR: (parts) =>
    `${parts.find((part) => codeOf(part) === 'not a directory') ?? 'a part of it'} is not a directory`,
  ELOOP: (parts) =>
    `${parts.find((part) => codeOf(part) === 'ELOOP') ?? 'a part of it'} is a symbolic link that points back to itself`,
  EACCES: (parts) => {
    const closed = parts.find((part) => codeOf(part) === 'EACCES');
    return closed === undefined ? 'this user has no permission' : `this user cannot enter ${dirname(closed)}`;
  },
};

/** Why a path cannot be entered. Undefined: it is a directory. */
function codeOf(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : 'not a directory';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
