import { dirname } from 'node:path';

/** The path, and all directories above it, the highest last. */
export const withAbove = (path: string): readonly string[] =>
  path === dirname(path) ? [path] : [path, ...withAbove(dirname(path))];
