import { appendFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/** Appends `passed`, `failed` or `skipped` to the file for each test. They count even if the run is killed later. */
export const tallyInto = (file: string): Reporter => ({
  onTestCaseResult: (test) => appendFileSync(file, `${test.result().state}\n`),
});
