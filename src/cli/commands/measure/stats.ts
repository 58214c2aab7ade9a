import { readUsage, type ForwardUsage, type UsageNow } from '../../../apply/counters/usage.ts';
import { findForward } from '../../../edit/find-forward.ts';
import { Failure } from '../../../failure/failure.ts';
import { quote } from '../../../finding/quote.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import { ratesBetween, type Rates } from '../../../counters/rates.ts';
import { formatClients, formatStats, statsJson } from '../../format/stats.ts';
import { candidates } from '../../change/pick-forward.ts';
import type { Session } from '../../session.ts';

interface Options {
  readonly clients?: boolean;
  /** Seconds. */
  readonly watch?: number | true;
}

const DEFAULT_PAUSE = 2;

/** With --watch until the process is ended, or nothing reads what it prints. */
export async function stats(names: readonly string[], options: Options, session: Session): Promise<ExitCode> {
  let before: Reading | undefined;
  for (;;) {
    const reading = { at: session.host.elapsed(), ...(await usageOf(names, session)) };
    print(reading, before, options, session);
    if (options.watch === undefined || !session.isRead()) return EXIT.ok;
    before = reading;
    await session.host.sleep((options.watch === true ? DEFAULT_PAUSE : options.watch) * 1000);
  }
}

interface Reading extends UsageNow {
  /** Milliseconds. */
  readonly at: number;
}

function print(now: Reading, before: Reading | undefined, { clients = false }: Options, session: Session): void {
  const seconds = before === undefined ? 0 : (now.at - before.at) / 1000;
  const old = new Map(before?.forwards.map((one) => [one.forward.name, one]));
  const rates = (usage: ForwardUsage): Rates | undefined => ratesBetween(old.get(usage.forward.name), usage, seconds);
  session.print(statsJson(now, rates, clients), () =>
    clients ? formatClients(now.forwards) : formatStats(now.forwards, rates, before !== undefined),
  );
  if (before !== undefined) return;
  const note = NOTES[now.counting];
  // With --json, `counting` says it.
  if (note !== undefined && !session.json) session.say({ note }, () => `note: ${note}`);
  if (clients && !session.json && now.forwards.some(lacksBytes)) session.say({}, () => `note: ${NO_BYTES}`);
  if (now.noFlows !== undefined) session.report.problem(now.noFlows);
}

const NOTES: Readonly<Record<UsageNow['counting'], string | undefined>> = {
  on: undefined,
  off: 'nothing is counted, because the file that was loaded has counters: false',
  missing:
    'nothing is counted now, because the kernel does not hold the table inet portfwd_counters; portfwd apply loads it',
  full: 'the table inet portfwd_counters is full, so connections to other addresses, ports or targets are not counted',
};

const lacksBytes = ({ clients = [] }: ForwardUsage): boolean => clients.some(({ bytes }) => bytes === undefined);

const NO_BYTES =
  'how much each client sent and received is known only for connections that began while the sysctl net.netfilter.nf_conntrack_acct was 1';

async function usageOf(names: readonly string[], session: Session): Promise<UsageNow> {
  const usage = await readUsage(session);
  if (usage === undefined)
    throw new Failure(
      'no-forward',
      'no forwards are loaded, or they are not on record, so there is nothing to count',
      'run portfwd apply',
    );
  if (names.length === 0) return usage;
  const all = usage.forwards.map(({ forward }) => forward);
  const wanted = new Set(
    names.flatMap((name) => {
      const { indexes } = findForward(name, all);
      if (indexes.length > 0) return indexes;
      throw new Failure(
        'no-forward',
        `no forward ${quote(name)} is loaded`,
        `name one of these: ${candidates(name, all)}`,
      );
    }),
  );
  return { ...usage, forwards: usage.forwards.filter((_, index) => wanted.has(index)) };
}
