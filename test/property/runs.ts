import { SEED } from '../support/arbitrary-model.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

/** PORTFWD_SEED and PORTFWD_RUNS choose other runs, and more of them. scripts/test sets 300. */
export const RUNS = { seed: number('PORTFWD_SEED', SEED), numRuns: number('PORTFWD_RUNS', 60) };

/** For a property that needs another number of runs: this many if PORTFWD_RUNS is 300, and else in proportion. */
export const runs = (of300: number): typeof RUNS => ({ ...RUNS, numRuns: Math.ceil((of300 * RUNS.numRuns) / 300) });

/** How many packets go through the real kernel. */
export const CASES = number('PORTFWD_CASES', 300);
