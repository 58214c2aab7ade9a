import { succeeded } from './conntrack-failure.ts';
import { deleteArguments } from './delete-arguments.ts';
import type { FlowSelector } from './flow.ts';
import { pathHandedOver, withNamelessFiles } from './nameless-file.ts';
import type { Outcome, run } from './run.ts';

/** Milliseconds. */
const TIMEOUT = 120_000;

/**
 * conntrack gives up when an entry ends by itself while it is being deleted. So what fails is tried again:
 * what is deleted already is found no more, and that is no error.
 */
const TRIES = 4;

/** Deletes entries by one process, or, where this conntrack has no -R, by one for each selector. */
export async function removeBatch(selectors: readonly FlowSelector[], runTool: typeof run): Promise<number> {
  const [only, ...more] = selectors;
  if (only !== undefined && more.length === 0) return removeOne(only, runTool);
  const lines = selectors.map((selector) => `${deleteArguments(selector).join(' ')}\n`).join('');
  let count = 0;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const outcome = await withNamelessFiles([lines], async (descriptors) =>
      runTool('conntrack', ['-R', ...descriptors.map(pathHandedOver)], { descriptors, timeout: TIMEOUT }),
    );
    count += countDeleted(outcome);
    if (outcome.exitCode === 0) return count;
    if (outcome.timedOut) succeeded(outcome);
    if (outcome.exitCode === USAGE) break;
  }
  for (const selector of selectors) count += await removeOne(selector, runTool);
  return count;
}

/** What conntrack before 1.4.7 says to -R. */
const USAGE = 2;

async function removeOne(selector: FlowSelector, runTool: typeof run): Promise<number> {
  let count = 0;
  for (let tries = 1; ; tries += 1) {
    const outcome = await runTool('conntrack', deleteArguments(selector), { timeout: TIMEOUT });
    count += countDeleted(outcome);
    if (/\b0 flow entries have been deleted/.test(outcome.stderr)) return count;
    if (outcome.exitCode === 0 || outcome.timedOut || tries === TRIES) {
      succeeded(outcome);
      return count;
    }
  }
}

/** Each deleted entry is printed; a batch tells no number. */
const countDeleted = ({ stdout }: Outcome): number => stdout.split('\n').filter((line) => line !== '').length;
