import { randomBytes } from 'node:crypto';
import { Failure } from '../../failure/failure.ts';
import { nftFailure } from '../nft/failure.ts';
import { systemNft } from '../nft/nft.ts';
import { isNftAtLeast } from '../nft/version.ts';
import { run } from '../process/run.ts';
import { startHelper, startProcess, type Helper } from './helper.ts';
import { startMonitor } from './monitor.ts';

/** Milliseconds on a clock that is never set. */
export const monotonic = (): number => performance.now();

/** No other trace has it. */
export const newTableName = (prefix: string): string => `${prefix}${process.pid}_${randomBytes(3).toString('hex')}`;

export interface TraceTable {
  readonly name: string;
  /** In one line. With the flag owner, and without it. */
  readonly owned: string;
  readonly plain: string;
}

export interface RunningTrace {
  /** Undefined: it works. Otherwise what ended. */
  readonly fault: () => string | undefined;
  /** The table is there: all that arrived was traced. */
  readonly isThere: () => Promise<boolean>;
  /** Waits until the events of what has happened are read. */
  readonly drained: () => Promise<void>;
  /** Takes the table away. Throws a Failure if it is still there then. */
  readonly stop: () => Promise<void>;
}

/**
 * Loads the table and reads the trace events. However this process ends, the table is deleted: by the kernel, with the
 * netlink socket of a `nft -i` whose input ends with us (docs/netfilter.md, fact 48). Where nft or the kernel does not know
 * owners, or nft cannot list them, a shell whose input ends with us deletes it. Throws a Failure.
 */
export async function startTrace(table: TraceTable, onLine: (line: string) => void): Promise<RunningTrace> {
  const monitor = await startMonitor(onLine);
  const holder = await hold(table).catch(async (error: unknown) => {
    await monitor.stop();
    throw error;
  });
  const isThere = async (): Promise<boolean> => isLoaded(table.name);
  return {
    fault: () =>
      monitor.ended() || monitor.hasEnded()
        ? 'nft monitor trace ended'
        : holder.hasEnded()
          ? 'the process that holds the table of the trace ended'
          : undefined,
    isThere,
    drained: monitor.drained,
    stop: async () => {
      await holder.stop();
      await monitor.stop();
      if (!(await isThere())) return;
      await run('nft', ['delete', 'table', 'inet', table.name]);
      if (await isThere()) throw stillThere(table.name);
    },
  };
}

const isLoaded = async (name: string): Promise<boolean> => (await systemNft.chainNames(name)).length > 0;

const hold = async (table: TraceTable): Promise<Helper> => (await holdOwned(table)) ?? holdPlain(table);

/** Undefined: nft or the kernel refuses it, or nft would list it wrongly to every program that reads JSON (fact 48). */
async function holdOwned({ name, owned }: TraceTable): Promise<Helper | undefined> {
  if (!(await isNftAtLeast(LISTS_OWNERS))) return undefined;
  const holder = startProcess('nft', ['-i'], {});
  holder.write(`${owned}\n`);
  for (const end = Date.now() + PATIENCE; holder.errors() === '' && !holder.hasEnded() && Date.now() < end;)
    if (await isLoaded(name)) return holder;
  await holder.stop();
  return undefined;
}

/** The version of nft that lists the flag as it is. */
const LISTS_OWNERS = [1, 1];

/** Milliseconds. */
const PATIENCE = 60_000;

/** The shell itself loads the table: if portfwd is killed meanwhile, and `echo` fails, it still deletes it afterwards. */
const SCRIPT = `trap '' HUP INT QUIT TERM PIPE
read -r table || exit 1
printf '%s\\n' "$table" | "$0" -f - || exit 1
echo loaded
exec >/dev/null
cat
exec "$0" delete table inet "$1"`;

async function holdPlain({ name, plain }: TraceTable): Promise<Helper> {
  const state: { loaded?: boolean } = {};
  const holder = startHelper(SCRIPT, [name], {
    onLine: (line) => (state.loaded ??= line === 'loaded'),
    onEnd: () => (state.loaded ??= false),
  });
  holder.write(`${plain}\n`);
  while (state.loaded === undefined) await new Promise((resolve) => void setTimeout(resolve, 10));
  if (state.loaded) return holder;
  await holder.stop();
  const outcome = { exitCode: 1, signal: undefined, timedOut: false, stdout: '', stderr: holder.errors() };
  throw nftFailure(outcome, 'load') ?? stillThere(name);
}

const stillThere = (name: string): Failure =>
  new Failure(
    'tool-failed',
    `the table of the trace, inet ${name}, could not be deleted; it changes no packet`,
    `delete it: nft delete table inet ${name}`,
  );
