import { Failure } from '../host/failure.ts';
import type { Generation } from '../host/history.ts';

/** Without a number: so many from the newest, which is -1. Throws `no-generation`. */
export function findGeneration(
  generations: readonly Generation[],
  number: number | undefined,
  otherwise: -1 | -2,
): Generation {
  const found = number === undefined ? generations.at(otherwise) : generations.find((one) => one.number === number);
  if (found !== undefined) return found;
  throw noGeneration(number === undefined ? 'there is no earlier generation' : `there is no generation ${number}`);
}

export const noGeneration = (message: string): Failure => new Failure('no-generation', message, 'see portfwd history');
