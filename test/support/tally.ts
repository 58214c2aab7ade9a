import { appendFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/**
 * Appends `passed`, `failed` or `skipped` to the file for each test, at once: it counts even if the run is killed later.
 * A file that does not load, or whose process dies, fails as well.
 */
export function tallyInto(file: string): Reporter {
  const write = (state: string): void => appendFileSync(file, `${state}\n`);
  return {
    onTestCaseResult: (test) => write(test.result().state),
    onTestRunEnd: (modules, errors) => {
      const broken = modules.filter((one) => !one.ok() && [...one.children.allTests('failed')].length === 0);
      for (const _ of [...broken, ...errors]) write('failed');
    },
  };
}
