import { expectSuccess } from './failure.ts';
import type { Selector } from '../../flows/selectors.ts';
import { fdPath, withAnonymousFiles } from '../process/anonymous-file.ts';
import type { Outcome, run } from '../process/run.ts';

/** Milliseconds. */
const TIMEOUT = 120_000;

/**
 * conntrack stops with an error if an entry ends by itself while it is being deleted. So the call is repeated: entries that
 * were deleted are not found again, which is not an error.
 */
const TRIES = 4;

/** Deletes entries with one process, or with one for each selector if this conntrack has no -R. */
export async function removeBatch(selectors: readonly Selector[], runTool: typeof run): Promise<number> {
  const [only, ...more] = selectors;
  if (only !== undefined && more.length === 0) return removeOne(only, runTool);
  const lines = selectors.map((selector) => `${deleteArguments(selector).join(' ')}\n`).join('');
  let count = 0;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const outcome = await withAnonymousFiles([lines], async (descriptors) =>
      runTool('conntrack', ['-R', ...descriptors.map(fdPath)], { descriptors, timeout: TIMEOUT }),
    );
    count += countDeleted(outcome);
    if (outcome.exitCode === 0) return count;
    if (outcome.timedOut) expectSuccess(outcome);
    if (outcome.exitCode === USAGE) break;
  }
  for (const selector of selectors) count += await removeOne(selector, runTool);
  return count;
}

/** The exit code of conntrack before 1.4.7, which does not know -R. */
const USAGE = 2;

async function removeOne(selector: Selector, runTool: typeof run): Promise<number> {
  let count = 0;
  for (let tries = 1; ; tries += 1) {
    const outcome = await runTool('conntrack', deleteArguments(selector), { timeout: TIMEOUT });
    count += countDeleted(outcome);
    if (/\b0 flow entries have been deleted/.test(outcome.stderr)) return count;
    if (outcome.exitCode === 0 || outcome.timedOut || tries === TRIES) {
      expectSuccess(outcome);
      return count;
    }
  }
}

/** Counts the entries printed, since a batch prints no total. */
const countDeleted = ({ stdout }: Outcome): number => stdout.split('\n').filter((line) => line !== '').length;

/** No argument contains a space, as the lines of a batch require. Without -w, entries of all zones would match. */
function deleteArguments(flow: Selector): string[] {
  const options: readonly (readonly [string, string | number | undefined])[] = [
    ['-f', flow.family === 'ip' ? 'ipv4' : 'ipv6'],
    ['-p', flow.protocol],
    ['--orig-src', flow.source],
    ['--orig-dst', flow.destination],
    ['--orig-port-src', flow.sourcePort],
    ['--orig-port-dst', flow.destinationPort],
    ['--reply-src', flow.replySource],
    ['--reply-dst', flow.replyDestination],
    ['--reply-port-src', flow.replySourcePort],
    ['--reply-port-dst', flow.replyDestinationPort],
    ...zoneOptions(flow),
  ];
  return ['-D', ...options.flatMap(([name, value]) => (value === undefined ? [] : [name, `${value}`]))];
}

function zoneOptions({ zone, originalZone, replyZone }: Selector): (readonly [string, number | undefined])[] {
  if (originalZone === undefined && replyZone === undefined) return [['-w', zone ?? 0]];
  return [
    ['--orig-zone', originalZone],
    ['--reply-zone', replyZone],
  ];
}
