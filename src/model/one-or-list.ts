import type { ModelPath } from '../finding/finding.ts';

/** Where one value or a list of them may stand. */
export const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** One value stands at its key, an item of a list at its index. */
export const itemPath = (value: unknown, path: ModelPath, index: number): ModelPath =>
  Array.isArray(value) ? [...path, index] : path;
