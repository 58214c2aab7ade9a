import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { untilNoProcess } from '../packet/lab/processes.ts';
import type { Sandbox } from '../packet/lab/sandbox.ts';
import { SEED } from '../support/arbitrary-model.ts';
import type { Action } from './fault.ts';
import { buildFaulty, readCalls } from './faulty-build.ts';
import { startSandboxPool } from './sandbox-pool.ts';

const OLD = 'version: 1\nforwarding: ignore\nforwards:\n  - "10.0.0.1:6000:10.0.0.2:5000"\n';
const NEW = `version: 1
forwarding: enable
forwards:
  - {name: db, listen: 6001, target: "10.0.0.3:5000", loopback: true}
  - {name: app, listen: 6002, target: "127.0.0.1:5000", loopback: true}
`;

/** scripts/faults sets 1. An odd number, since most calls have two faults: of an even one, only the second would be tried. */
const EVERY = Number(process.env['PORTFWD_FAULTS_EVERY'] ?? 37);

const SYSCTLS = ['ip_forward', 'conf/lan0/route_localnet', 'conf/default/route_localnet'];

const FILE: readonly Action[] = ['fail', 'kill'];
const RUN: readonly Action[] = ['fail', 'kill', 'signal', 'hang'];
/** From a call on that writes. Between two of these, nothing would be different. */
const DISK: readonly Action[] = ['full', 'read-only'];

const actionsAt = (what: string): readonly Action[] => [
  ...(what.startsWith('run ') ? RUN : FILE),
  ...(/^(?:write|rename|rm|unlink|mkdir|run nft -j -f)/.test(what) ? DISK : []),
];

const build = await buildFaulty();

interface Fault {
  readonly call: number;
  readonly action: Action;
  readonly what: string;
}

interface Seen {
  readonly ruleset: string;
  readonly sysctls: string;
  /** Their names: nothing is left behind. */
  readonly files: string;
}

async function look(sandbox: Sandbox): Promise<Seen> {
  const sysctls = await sandbox.run(['cat', ...SYSCTLS.map((name) => `/proc/sys/net/ipv4/${name}`)]);
  const { stdout: ruleset } = await sandbox.run(['nft', 'list', 'ruleset']);
  const files = readdirSync(sandbox.state, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^history\/\d/.test(name),
  );
  return { ruleset, sysctls: sysctls.stdout, files: [...files].sort().join(' ') };
}

const apply = async (sandbox: Sandbox, model: string, fault?: string, log?: string) => {
  sandbox.write(model);
  const env = [`PORTFWD_FAULT=${fault ?? ''}`, ...(log === undefined ? [] : [`PORTFWD_FAULT_LOG=${log}`])];
  return sandbox.run(['env', ...env, ...build.command, 'apply']);
};

async function loaded(sandbox: Sandbox, model: string): Promise<Seen> {
  const { exitCode, stderr } = await apply(sandbox, model);
  expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
  return look(sandbox);
}

/** Each call of a run that changes the model, and what can happen to it. */
async function faultsToTry(): Promise<Fault[]> {
  const sandbox = sandboxes.first;
  await loaded(sandbox, OLD);
  const log = join(sandbox.directory, 'calls');
  await apply(sandbox, NEW, undefined, log);
  const calls = readCalls(log);
  const all = calls.flatMap((what, index) => actionsAt(what).map((action) => ({ call: index + 1, action, what })));
  return all.filter((_, index) => index % EVERY === SEED % EVERY);
}

const sandboxes = await startSandboxPool();
const faults = await faultsToTry();
afterAll(async () => {
  await sandboxes.remove();
  build.remove();
});

describe.concurrent('if any call fails, hangs or is killed, kernel and files are in the old or in the new state', () => {
  test.each(faults)('$action at call $call: $what', async (fault) => {
    expect(await sandboxes.use(async (sandbox) => inject(sandbox, fault))).toEqual([]);
  });
});

/** What is not as it should be. */
async function inject(sandbox: Sandbox, { call, action }: Fault): Promise<string[]> {
  const after = await loaded(sandbox, NEW);
  const before = await loaded(sandbox, OLD);
  const { exitCode, stderr } = await apply(sandbox, NEW, `${call}:${action}`);
  await untilNoProcess(sandbox.name); // a program that a killed run has started goes on
  const seen = await look(sandbox);
  const again = await loaded(sandbox, NEW);
  const killed = action === 'kill' && exitCode === undefined;
  const isStuck = action === 'read-only' && exitCode !== 0;
  const is = killed
    ? stateWhenKilled(seen, before, after)
    : isStuck
      ? stateWhenStuck(seen, before)
      : stateOf(seen, before, after);
  const wrong = [
    ...(is === 'between' ? [`the kernel is in between: ${seen.sysctls}`] : []),
    ...(!killed && (exitCode === 0) !== (is === 'after') ? [`exit ${exitCode}, and the kernel is as ${is}`] : []),
    ...(exitCode === 70 || (exitCode === undefined && !killed) ? [`exit ${exitCode}: ${stderr}`] : []),
    // On a read-only disk, what was begun stays.
    ...(!killed && action !== 'read-only' && seen.files !== (is === 'after' ? after : before).files
      ? [`files: ${seen.files}`]
      : []),
    ...(stateOf(again, before, after) === 'after' ? [] : ['the next apply is not whole']),
    ...(again.files === after.files ? [] : [`files after the next apply: ${again.files}, not ${after.files}`]),
  ];
  return wrong;
}

function stateOf({ ruleset, sysctls }: Seen, before: Seen, after: Seen): 'before' | 'after' | 'between' {
  if (ruleset === before.ruleset && sysctls === before.sysctls) return 'before';
  return ruleset === after.ruleset && sysctls === after.sysctls ? 'after' : 'between';
}

/** The forwards are as before. Sysctls that cannot be restored may stay on behind a guard. */
function stateWhenStuck({ ruleset, sysctls }: Seen, before: Seen): 'before' | 'between' {
  const [routing, ...links] = sysctls.split('\n').map((value, index) => value !== before.sysctls.split('\n')[index]);
  const isGuarded =
    (routing !== true || ruleset.includes('pf_forward_guard')) &&
    (!links.includes(true) || ruleset.includes('pf_loopback_guard'));
  return isGuarded && ruleset.replace(/table inet portfwd_guard \{\n[^]*?\n\}\n?/, '').trim() === before.ruleset.trim()
    ? 'before'
    : 'between';
}

/** No transaction holds a ruleset and a sysctl: some of them may still be off, and none is on without its guard. */
function stateWhenKilled(seen: Seen, before: Seen, after: Seen): 'before' | 'after' | 'between' {
  return seen.ruleset === after.ruleset ? 'after' : stateOf(seen, before, after);
}
