import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../failure/failure.ts';
import { nftFailure } from '../nft/failure.ts';
import { splitTransaction } from '../nft/split-transaction.ts';
import { binary } from '../process/binary.ts';
import { startMachine, type Machine } from './machine.ts';

interface Service {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

interface Attempt {
  /** Undefined: the host. Otherwise the clients or the targets of a link. */
  readonly from: { readonly kind: 'clients' | 'targets'; readonly link: number } | undefined;
  /** An answer is expected. */
  readonly isAnswered: boolean;
  readonly probe: {
    readonly protocol: string;
    readonly source: string | undefined;
    readonly destination: string;
    readonly port: number;
  };
}

export interface Trial {
  /** The built portfwd, whose agent is beside it, or the single executable, which has the agent inside. */
  readonly program: string;
  readonly wires: (pids: { host: number; clients: Pids; targets: Pids }) => string;
  readonly host: string;
  /** The input of `ip -batch` for each link. Undefined: no machine is needed there. */
  readonly clients: readonly (string | undefined)[];
  readonly targets: readonly (string | undefined)[];
  /** libnftables JSON, loaded on the host. */
  readonly ruleset: string;
  /** Services of the host, and of the targets of each link. */
  readonly services: readonly Service[];
  readonly servicesBehind: readonly (readonly Service[])[];
  readonly attempts: readonly Attempt[];
}

type Pids = readonly (number | undefined)[];

/**
 * Makes the namespaces, loads the ruleset and sends real packets. Returns the answer to each attempt, null if there is none.
 * Everything is in namespaces that end with this process, however it ends.
 */
export async function tryInNamespaces(trial: Trial): Promise<readonly unknown[]> {
  const machines: Machine[] = [];
  const agent =
    trial.program === process.execPath ? '--try-agent' : join(dirname(realpathSync(trial.program)), 'try-agent.js');
  const start = async (): Promise<Machine> => {
    const machine = await startMachine(agent, machines[0]);
    machines.push(machine);
    return machine;
  };
  const startIf = async (input: string | undefined): Promise<Machine | undefined> =>
    input === undefined ? undefined : start();
  try {
    const wires = await start();
    const [host, clients, targets] = await Promise.all([
      start(),
      Promise.all(trial.clients.map(startIf)),
      Promise.all(trial.targets.map(startIf)),
    ]);
    await Promise.all(machines.map(async (machine) => prepare(machine, machine === host ? `${IPV6}${ROUTER}` : IPV6)));
    const pids = { host: host.pid, clients: clients.map((one) => one?.pid), targets: targets.map((one) => one?.pid) };
    await batch(wires, trial.wires(pids));
    await Promise.all([
      batch(host, trial.host),
      ...clients.map(async (machine, at) => batch(machine, trial.clients[at] ?? '')),
      ...targets.map(async (machine, at) => batch(machine, trial.targets[at] ?? '')),
    ]);
    for (const part of splitTransaction(trial.ruleset)) await load(host, part);
    await Promise.all([
      serve(host, trial.services),
      ...targets.map(async (machine, at) => serve(machine, trial.servicesBehind[at] ?? [])),
    ]);
    const machineOf = ({ from }: Attempt): Machine | undefined =>
      from === undefined ? host : (from.kind === 'clients' ? clients : targets)[from.link];
    return await allAnswers(
      trial.attempts,
      async (attempt) =>
        machineOf(attempt)?.order({ kind: 'probe', probe: { ...attempt.probe, timeout: PATIENCE } }) ?? null,
    );
  } finally {
    await Promise.all(machines.map(async (machine) => machine.stop()));
  }
}

/** Milliseconds. The machine may be busy. */
const PATIENCE = 15_000;
const SILENCE = 700;

/** Where no answer is expected, one is waited for longer than the slowest of the others took. */
async function allAnswers(
  attempts: readonly Attempt[],
  ask: (attempt: Attempt) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const asked = attempts.map((attempt) => ({ attempt, answer: ask(attempt) }));
  const late = Promise.all(asked.flatMap(({ attempt, answer }) => (attempt.isAnswered ? [answer] : []))).then(
    async () => sleep(SILENCE, null),
  );
  return Promise.all(asked.map(({ attempt, answer }) => (attempt.isAnswered ? answer : Promise.race([answer, late]))));
}

/** A host without IPv6 may have that as the default for new namespaces. */
const IPV6 = `cd /proc/sys/net
for setting in ipv6/conf/all/disable_ipv6 ipv6/conf/default/disable_ipv6; do
  [ ! -e $setting ] || echo 0 >$setting
done
`;

const ROUTER = `for setting in ipv4/ip_forward ipv6/conf/all/forwarding ipv4/conf/all/route_localnet; do
  [ ! -e $setting ] || echo 1 >$setting
done
for setting in ipv4/conf/all/rp_filter ipv4/conf/default/rp_filter; do echo 0 >$setting; done
`;

const prepare = async (machine: Machine, settings: string): Promise<unknown> =>
  checked('prepare a namespace', machine.order({ kind: 'run', command: [binary('sh'), '-e'], input: settings }));

const batch = async (machine: Machine | undefined, input: string): Promise<unknown> =>
  checked('set up a namespace', machine?.order({ kind: 'run', command: [binary('ip'), '-batch', '-'], input }));

const serve = async (machine: Machine | undefined, services: readonly Service[]): Promise<unknown> =>
  checked('start a service', machine?.order({ kind: 'serve', services }));

/** nft cannot read a socket, which standard input is. */
async function load(machine: Machine, input: string): Promise<void> {
  const command = [binary('sh'), '-c', 'cat | "$0" -j -f -', binary('nft')];
  try {
    await machine.order({ kind: 'run', command, input });
  } catch (error) {
    const stderr = error instanceof Error ? error.message : String(error);
    throw nftFailure({ exitCode: 1, signal: undefined, timedOut: false, stdout: '', stderr }, 'load') ?? error;
  }
}

async function checked(what: string, running: Promise<unknown> | undefined): Promise<unknown> {
  try {
    return await running;
  } catch (error) {
    throw new Failure(
      'tool-failed',
      `could not ${what} for the trial`,
      'see the message below',
      error instanceof Error ? error.message : String(error),
    );
  }
}
