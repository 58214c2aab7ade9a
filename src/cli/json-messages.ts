import { printableJson } from './printable.ts';

/** Messages of a command under --json: they become one document, written when the command ends. */
export interface JsonMessages {
  /** Lists under the same key are joined; any other value replaces the earlier one. */
  readonly add: (message: object) => void;
  readonly end: () => void;
}

export function collectJson(write: (text: string) => void): JsonMessages {
  const collected = new Map<string, unknown>();
  return {
    add: (message) => {
      for (const [key, value] of Object.entries(message)) collected.set(key, merged(collected.get(key), value));
    },
    end: () => {
      if (collected.size > 0) write(`${printableJson(Object.fromEntries(collected))}\n`);
    },
  };
}

const merged = (one: unknown, other: unknown): unknown =>
  Array.isArray(one) && Array.isArray(other) ? [...(one as unknown[]), ...(other as unknown[])] : other;

/** Lines that were written for people. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
