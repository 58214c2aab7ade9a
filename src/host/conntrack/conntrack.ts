import { succeeded } from './failure.ts';
import { Failure } from '../../failure/failure.ts';
import type { Flow } from '../../flows/flow.ts';
import type { Selector } from '../../flows/selectors.ts';
import { parseFlow } from './parse.ts';
import { removeBatch } from './delete.ts';
import { run } from '../process/run.ts';

/** All that portfwd ever asks of conntrack(8). Throws a Failure: `tool-missing`, `permission`, `tool-failed`. */
export interface Conntrack {
  /** Every TCP, UDP and SCTP flow that the kernel knows. */
  readonly dump: () => Promise<readonly Flow[]>;
  /** Deletes the entries selected; one that has ended by itself is no error. Tells how many were deleted. */
  readonly remove: (selectors: readonly Selector[]) => Promise<number>;
}

export const systemConntrack: Conntrack = conntrackBy(run);

/**
 * `conntrack -D` reads the whole table to find one entry (100 000 entries: 0.3 s), so a batch saves the
 * processes and not the reading: small ones, two at a time, until the time is over.
 */
const BATCH = 25;
const AT_A_TIME = 2;
/** Milliseconds. */
const DEADLINE = 60_000;

export function conntrackBy(runTool: typeof run): Conntrack {
  return {
    dump: async () => {
      const families = await Promise.all(['ipv4', 'ipv6'].map(async (family) => dumpFamily(family, runTool)));
      return families.flat();
    },
    remove: async (selectors) => {
      const until = Date.now() + DEADLINE;
      const batches: (readonly Selector[])[] = [];
      for (let at = 0; at < selectors.length; at += BATCH) batches.push(selectors.slice(at, at + BATCH));
      const workers = Array.from({ length: AT_A_TIME }, async () => {
        let count = 0;
        for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
          if (Date.now() > until) throw tooMany(selectors.length);
          count += await removeBatch(batch, runTool);
        }
        return count;
      });
      const done = await Promise.allSettled(workers);
      return done.map(countOf).reduce((sum, count) => sum + count, 0);
    },
  };
}

async function dumpFamily(family: string, runTool: typeof run): Promise<readonly Flow[]> {
  const { stdout } = succeeded(await runTool('conntrack', ['-L', '-f', family, '-o', 'extended']));
  const flows: Flow[] = [];
  for (const line of stdout.split('\n')) {
    const flow = line === '' ? undefined : parseFlow(line);
    if (flow !== undefined) flows.push(flow);
  }
  return flows;
}

const tooMany = (count: number): Failure =>
  new Failure(
    'tool-failed',
    `conntrack did not delete the entries of ${count} kinds in ${DEADLINE / 1000} seconds`,
    'the rest ends by itself; to end all connections through this host at once: conntrack -F',
  );

function countOf(done: PromiseSettledResult<number>): number {
  if (done.status === 'rejected') throw done.reason;
  return done.value;
}
