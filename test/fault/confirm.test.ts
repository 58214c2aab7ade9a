import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { untilNoProcess } from '../packet/lab/processes.ts';
import type { Sandbox, State } from '../packet/lab/sandbox.ts';
import { SEED } from '../support/arbitrary-model.ts';
import type { Action } from './fault.ts';
import { buildFaulty, readCalls } from './faulty-build.ts';
import { startSandboxPool } from './sandbox-pool.ts';

const OLD = 'version: 1\nforwarding: ignore\nforwards:\n  - "10.0.0.1:6000:10.0.0.2:5000"\n';
const CHANGE = ['add', '10.0.0.1:6001', '10.0.0.3:5000', '--confirm', '600'];

const EVERY = Number(process.env['PORTFWD_FAULTS_EVERY'] ?? 23);
const FILE: readonly Action[] = ['fail', 'kill'];
const RUN: readonly Action[] = ['fail', 'kill', 'signal'];

/** If such a call fails, nothing was written. */
const LOOKS = /^(?:l?stat|readlink) /;

const build = await buildFaulty();

interface Fault {
  readonly call: number;
  readonly action: Action;
  readonly what: string;
}

const confirm = async (sandbox: Sandbox, fault: string, log?: string) => {
  const env = [`PORTFWD_FAULT=${fault}`, ...(log === undefined ? [] : [`PORTFWD_FAULT_LOG=${log}`])];
  return sandbox.run(['env', ...env, ...build.command, 'confirm']);
};

async function applied(sandbox: Sandbox): Promise<State> {
  sandbox.write(OLD);
  expect(await sandbox.portfwd('apply')).toMatchObject({ exitCode: 0 });
  return sandbox.seen();
}

async function changed(sandbox: Sandbox) {
  const run = sandbox.start(CHANGE);
  await run.waitForOutput('reverting in');
  return run;
}

/** Each call of a confirm, and what can happen to it. */
async function faultsToTry(): Promise<Fault[]> {
  const sandbox = sandboxes.first;
  await applied(sandbox);
  const run = await changed(sandbox);
  const log = join(sandbox.directory, 'calls');
  expect(await confirm(sandbox, '', log)).toMatchObject({ exitCode: 0 });
  await run.ended;
  const calls = readCalls(log);
  const all = calls.flatMap((what, index) =>
    LOOKS.test(what) ? [] : (what.startsWith('run ') ? RUN : FILE).map((action) => ({ call: index + 1, action, what })),
  );
  return all.filter((_, index) => index % EVERY === SEED % EVERY);
}

const sandboxes = await startSandboxPool();
const faults = await faultsToTry();
afterAll(async () => {
  await sandboxes.remove();
  build.remove();
});

describe.concurrent('if any call of confirm fails or is killed, the change is kept or reverted as a whole', () => {
  test.each(faults)('$action at call $call: $what', async (fault) => {
    expect(await sandboxes.use(async (sandbox) => inject(sandbox, fault))).toEqual([]);
  });
});

/** What is not as it should be. */
async function inject(sandbox: Sandbox, { call, action }: Fault): Promise<string[]> {
  const before = await applied(sandbox);
  const run = await changed(sandbox);
  const { ruleset } = await sandbox.seen();
  const { exitCode, stdout, stderr } = await confirm(sandbox, `${call}:${action}`);
  // The next command settles what was decided; what is not decided can be reverted.
  await sandbox.portfwd('list');
  if (existsSync(join(sandbox.state, 'window.json'))) await sandbox.portfwd('rollback');
  const waited = (await run.ended).exitCode;
  await untilNoProcess(sandbox.name);
  const seen = await sandbox.seen();
  const isKept = seen.ruleset === ruleset && seen.file.includes('6001') && waited === 0;
  const isReverted = seen.ruleset === before.ruleset && seen.file === before.file && waited === 6;
  return [
    ...(isKept || isReverted ? [] : [`exit ${waited} of the run that waited; ${JSON.stringify(seen)}; ${stderr}`]),
    ...(stdout.includes('confirmed') && !isKept ? ['it was called confirmed'] : []),
    ...(exitCode === 0 && !isKept ? ['exit 0'] : []),
    ...(exitCode === 70 ? [`exit 70: ${stderr}`] : []),
  ];
}
