import { SEED } from '../support/arbitrary-model.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

/** Another run, or a longer one: PORTFWD_SEED and PORTFWD_RUNS. */
export const RUNS = { seed: number('PORTFWD_SEED', SEED), numRuns: number('PORTFWD_RUNS', 300) };

/** How many packets go through the real kernel. */
export const CASES = number('PORTFWD_CASES', 300);
