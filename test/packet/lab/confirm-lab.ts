import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ADD_ANY_FLOW } from './any-flow.ts';
import { signalProcess, untilNoProcess } from './processes.ts';
import { startSandbox, type Sandbox, type Started, type State } from './sandbox.ts';
import { until } from './until.ts';

/** Another port, another target, and a sysctl that only the new model needs. */
const OLD = 'version: 1\nforwarding: ignore\nforwards:\n  - "10.0.0.1:6000:10.0.0.2:5000"\n';
const NEW = 'version: 1\nforwarding: enable\nforwards:\n  - "10.0.0.1:6001:10.0.0.3:5000"\n';

/** A sandbox in which OLD is loaded and `rollback 1` loads NEW. */
export interface Prepared {
  readonly sandbox: Sandbox;
  readonly before: State;
  readonly after: State;
}

export interface ConfirmLab {
  readonly prepare: () => Promise<Prepared>;
  /** Starts a change that is reverted after so many seconds, or more if the machine is too busy for so few. */
  readonly startChange: (
    prepared: Prepared,
    seconds: number,
    through?: Parameters<Sandbox['start']>[1],
  ) => Promise<Started>;
  readonly addSandbox: (disk?: Pick<Sandbox, 'directory'>) => Promise<Sandbox>;
  /** Removes all sandboxes. */
  readonly remove: () => Promise<void>;
}

export const CHANGE = (seconds: number): string[] => ['rollback', '1', '--confirm', `${seconds}`];
/** Seconds: for a test in which the time runs out, and for one in which it must not. */
export const SOON = 2;
export const LATER = 600;

export function startConfirmLab(): ConfirmLab {
  const sandboxes: Sandbox[] = [];
  const addSandbox: ConfirmLab['addSandbox'] = async (disk) => {
    const sandbox = await startSandbox(disk);
    sandboxes.push(sandbox);
    return sandbox;
  };
  let first: ReturnType<typeof generationOne> | undefined;
  return {
    addSandbox,
    startChange,
    prepare: async () => {
      first ??= addSandbox().then(generationOne);
      return generationTwo(await addSandbox(), await first);
    },
    remove: async () => void (await Promise.all(sandboxes.map(async (sandbox) => sandbox.remove()))),
  };
}

/** NEW is loaded, and is generation 1. The result is the same in each sandbox. */
async function generationOne(sandbox: Sandbox): Promise<{ readonly sandbox: Sandbox; readonly after: State }> {
  return { sandbox, after: await apply(sandbox, NEW) };
}

/** Generation 1 is a copy, generation 2 is OLD: `rollback 1` changes ruleset, sysctl and file. */
async function generationTwo(
  sandbox: Sandbox,
  { sandbox: first, after }: Awaited<ReturnType<typeof generationOne>>,
): Promise<Prepared> {
  mkdirSync(join(sandbox.state, 'history'), { recursive: true, mode: 0o700 });
  for (const name of ['history/000001.yaml', 'history/000001.json']) {
    const text = readFileSync(join(first.state, name), 'utf8');
    writeFileSync(join(sandbox.state, name), text.replace(first.file, sandbox.file));
  }
  const before = await apply(sandbox, OLD);
  expect(await sandbox.run(ADD_ANY_FLOW)).toMatchObject({ exitCode: 0 });
  expect(before.ruleset).not.toBe(after.ruleset);
  expect([before.forwarding, after.forwarding]).toEqual(['0', '1']);
  return { sandbox, before, after };
}

async function apply(sandbox: Sandbox, model: string): Promise<State> {
  sandbox.write(model);
  const { exitCode, stdout } = await sandbox.portfwd('apply');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '1 forward loaded\n+1 ~0 -0, 0 unchanged' });
  return sandbox.seen();
}

/** At least half of the time is left when this returns, so that the test can do something before it runs out. */
async function startChange(
  prepared: Prepared,
  seconds: number,
  through?: Parameters<Sandbox['start']>[1],
): Promise<Started> {
  const { sandbox, before, after } = prepared;
  const run = sandbox.start(CHANGE(seconds), through);
  await run.waitForOutput('applied; reverting in');
  const { deadline } = isPending(sandbox) ? readPending(sandbox) : { deadline: 0 };
  const seen = await sandbox.seen();
  if (deadline - uptime() > seconds / 2) {
    expect(seen).toEqual({ ...after, file: before.file });
    return run;
  }
  await expectReverted(prepared);
  return startChange(prepared, 4 * seconds, through);
}

const pendingFile = ({ state }: Sandbox): string => join(state, 'window.json');

interface Pending {
  /** Seconds since boot. */
  readonly deadline: number;
  readonly reverter: { readonly pid: number };
}

/** The change that waits for confirmation, as portfwd has written it down. */
export const readPending = (sandbox: Sandbox): Pending =>
  JSON.parse(readFileSync(pendingFile(sandbox), 'utf8')) as Pending;

/** As if a run had written this and had been killed after it. In one step, since a run that waits reads the file often. */
export function writePending(sandbox: Sandbox, text: string): void {
  writeFileSync(`${pendingFile(sandbox)}.new`, text, { mode: 0o600 });
  renameSync(`${pendingFile(sandbox)}.new`, pendingFile(sandbox));
}

/** The next command finds that the deadline has passed. */
export const expire = (sandbox: Sandbox): void =>
  writePending(sandbox, JSON.stringify({ ...readPending(sandbox), deadline: 0 }));

export const isPending = (sandbox: Sandbox): boolean => existsSync(pendingFile(sandbox));

/** Kills the run that waits and the process that would revert the change. */
export function killRunAndReverter(run: Started, sandbox: Sandbox): void {
  for (const pid of [run.pid, readPending(sandbox).reverter.pid]) signalProcess(-pid, 'SIGKILL');
}

/** Ruleset, sysctl and file are as before, and no process is left. */
export async function expectReverted({ sandbox, before }: Prepared): Promise<void> {
  await until('the change is no longer pending', () => !isPending(sandbox));
  await untilNoProcess(sandbox.name);
  expect(await sandbox.seen()).toEqual(before);
}

/** Ruleset, sysctl and file are as the change wanted them, and no process is left. */
export async function expectKept({ sandbox, after }: Prepared): Promise<void> {
  await untilNoProcess(sandbox.name);
  expect(isPending(sandbox)).toBe(false);
  expect(await sandbox.seen()).toEqual({ ...after, file: NEW });
}
