import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

interface ReadOptions {
  /** A symbolic link is refused with ELOOP. */
  readonly noLinks?: boolean;
  /** Throws if the file must not be used. */
  readonly inspect?: (stats: Stats) => void;
}

/**
 * Throws the system error, or one with the code NOT_REGULAR: to open or to read a pipe or a device could wait for ever, so
 * neither is done.
 */
export function readRegularFile(path: string, { noLinks = false, inspect }: ReadOptions = {}): Buffer {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_RDONLY | O_NONBLOCK | (noLinks ? O_NOFOLLOW : 0));
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw Object.assign(new Error(NOT_REGULAR), { code: NOT_REGULAR, syscall: 'read', path });
    inspect?.(stats);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export const NOT_REGULAR = 'not a regular file';
