import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { tallyInto } from './test/support/tally.ts';
import { labPool, nodePool } from './test/support/worker-pools.ts';

/** More than there are processors, because these tests mostly wait: for packets, and for time to pass. */
const lab = {
  pool: labPool,
  maxWorkers: 3 * availableParallelism(),
  testTimeout: 240_000,
  hookTimeout: 120_000,
  sequence: { groupOrder: 1 },
};

// Node would read this file at each of its starts, and the tests start it some thousand times.
delete process.env['NODE_EXTRA_CA_CERTS'];

/** scripts/test counts the lines of this file. */
const tally = process.env['PORTFWD_TALLY'];

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts'],
    reporters: ['default', ...(tally === undefined ? [] : [tallyInto(tally)])],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,golden,cli}/**/*.test.ts'],
          isolate: false, // one process loads the modules once, not again for each file
          testTimeout: 120_000,
          pool: nodePool,
          maxWorkers: availableParallelism() + 1,
        },
      },
      { test: { name: 'packet', include: ['test/packet/**/*.test.ts'], ...lab } },
      { test: { name: 'fault', include: ['test/fault/**/*.test.ts'], ...lab } },
    ],
  },
});
