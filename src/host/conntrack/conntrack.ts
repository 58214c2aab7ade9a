import { expectSuccess } from './failure.ts';
import { Failure } from '../../failure/failure.ts';
import type { Flow } from '../../flows/flow.ts';
import type { Selector } from '../../flows/selectors.ts';
import { parseFlow } from './parse.ts';
import { removeBatch } from './delete.ts';
import { deleteEach } from './delete-each.ts';
import { run } from '../process/run.ts';
import { readSysctl } from '../state/sysctl.ts';
import type { Protocol } from '../../model/model.ts';

/** Throws `tool-missing`, `permission`, `tool-failed`. */
export interface Conntrack {
  /** All TCP, UDP and SCTP entries, or those of one protocol. */
  readonly dump: (protocol?: Protocol) => Promise<readonly Flow[]>;
  /** Deletes the selected entries, as long as that is wanted, and returns their number. One that has ended by itself is not an error. */
  readonly remove: (selectors: readonly Selector[], isWanted?: () => boolean) => Promise<number>;
  /** Deletes these entries in time linear in their number. Undefined if this host has no tool for that. */
  readonly removeEach: (flows: readonly Flow[], isWanted?: () => boolean) => Promise<number | undefined>;
}

/** How many connections conntrack tracks in this network namespace. */
export const TRACKED = 'net/netfilter/nf_conntrack_count';

export const systemConntrack: Conntrack = conntrackBy(run, () => readSysctl(TRACKED) === '0');

/**
 * `conntrack -D` reads the whole table for each selector (0.3 s for 100 000 entries). A batch saves processes, but not
 * this: so batches are small, run two at a time, and stop at a deadline.
 */
const BATCH = 25;
const AT_A_TIME = 2;
/** Milliseconds. */
const DEADLINE = 60_000;

/** To list an empty table takes as long as its hash is large, which all network namespaces share: so `isEmpty` is asked before. */
export function conntrackBy(runTool: typeof run, isEmpty = () => false): Conntrack {
  return {
    dump: async (protocol) => {
      if (isEmpty()) return [];
      const only = protocol === undefined ? [] : ['-p', protocol];
      const families = await Promise.all(
        ['ipv4', 'ipv6'].map(async (family) => dumpFamily([family, ...only], runTool)),
      );
      return families.flat();
    },
    removeEach: async (flows, isWanted = () => true) => deleteEach(flows, isWanted, runTool),
    remove: async (selectors, isWanted = () => true) => {
      const until = Date.now() + DEADLINE;
      const batches: (readonly Selector[])[] = [];
      for (let at = 0; at < selectors.length; at += BATCH) batches.push(selectors.slice(at, at + BATCH));
      const workers = Array.from({ length: AT_A_TIME }, async () => {
        let count = 0;
        for (let batch = batches.shift(); batch !== undefined && isWanted(); batch = batches.shift()) {
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

async function dumpFamily(selected: readonly string[], runTool: typeof run): Promise<readonly Flow[]> {
  const { stdout } = expectSuccess(await runTool('conntrack', ['-L', '-f', ...selected, '-o', 'extended,id']));
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
    `conntrack did not delete all old entries in ${DEADLINE / 1000} seconds (${count} selectors)`,
    'the remaining connections keep their old target until they end',
  );

function countOf(done: PromiseSettledResult<number>): number {
  if (done.status === 'rejected') throw done.reason;
  return done.value;
}
