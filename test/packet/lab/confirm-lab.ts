import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pidsIn, startSandbox, until, type Sandbox, type Started, type State } from './sandbox.ts';

/** Another port, another target, and a sysctl that only the new model wants. */
const OLD = 'version: 1\nforwarding: ignore\nforwards:\n  - "10.0.0.1:6000:10.0.0.2:5000"\n';
const NEW = 'version: 1\nforwarding: enable\nforwards:\n  - "10.0.0.1:6001:10.0.0.3:5000"\n';

export interface Prepared {
  readonly sandbox: Sandbox;
  readonly before: State;
  readonly after: State;
}

export const count = { windows: 0, kills: 0 };
const sandboxes: Sandbox[] = [];

/** For afterAll; prints what was done. */
export async function removeSandboxes(): Promise<void> {
  await Promise.all(sandboxes.map(async (sandbox) => sandbox.remove()));
  process.stdout.write(`${count.windows} windows, ${count.kills} kills
`);
}

/** One more sandbox, removed with all of them. */
export async function another(disk?: Pick<Sandbox, 'directory'>): Promise<Sandbox> {
  const sandbox = await startSandbox(disk);
  sandboxes.push(sandbox);
  return sandbox;
}

/** Generation 1 is NEW, generation 2 is OLD, and OLD is loaded: `rollback 1` changes kernel, sysctl and file. */
export async function prepare(): Promise<Prepared> {
  first ??= prepareFirst();
  const { where, after } = await first;
  const sandbox = await another();
  mkdirSync(join(sandbox.state, 'history'), { recursive: true, mode: 0o700 });
  for (const name of ['history/000001.yaml', 'history/000001.json']) {
    const text = readFileSync(join(where.state, name), 'utf8');
    writeFileSync(join(sandbox.state, name), text.replace(where.file, sandbox.file));
  }
  const before = await apply(sandbox, OLD);
  expect(before.ruleset).not.toBe(after.ruleset);
  expect([before.forwarding, after.forwarding]).toEqual(['0', '1']);
  return { sandbox, before, after };
}

let first: ReturnType<typeof prepareFirst> | undefined;

/** What NEW makes is the same everywhere. */
async function prepareFirst(): Promise<{ readonly where: Sandbox; readonly after: State }> {
  const where = await another();
  return { where, after: await apply(where, NEW) };
}

async function apply(sandbox: Sandbox, model: string): Promise<State> {
  sandbox.write(model);
  expect(await sandbox.portfwd('apply')).toEqual({ exitCode: 0, stdout: '1 forward loaded', stderr: '' });
  return sandbox.seen();
}

export const CHANGE = (seconds: number): string[] => ['rollback', '1', '--confirm', `${seconds}`];
export const SOON = 2;
export const LATER = 600;

export async function open(
  { sandbox, before, after }: Prepared,
  seconds: number,
  through?: Parameters<Sandbox['start']>[1],
): Promise<Started> {
  count.windows += 1;
  const run = sandbox.start(CHANGE(seconds), through);
  await run.says('applied; reverting in');
  expect(await sandbox.seen()).toEqual({ ...after, file: before.file });
  return run;
}

export const isOpen = ({ state }: Sandbox): boolean => existsSync(join(state, 'window.json'));

/** Everything is as it was, and nobody waits any more. */
export async function backTo({ sandbox, before }: Prepared): Promise<void> {
  await until('the window closes', () => !isOpen(sandbox));
  await until('nobody is left', async () => (await pidsIn(sandbox.name)).length === 0);
  expect(await sandbox.seen()).toEqual(before);
}

/** Everything is as the change wanted it, the file too, and nobody waits any more. */
export async function keptIn({ sandbox, after }: Prepared): Promise<void> {
  await until('nobody is left', async () => (await pidsIn(sandbox.name)).length === 0);
  expect(isOpen(sandbox)).toBe(false);
  expect(await sandbox.seen()).toEqual({ ...after, file: NEW });
}

export const reverterOf = ({ state }: Sandbox): number =>
  (JSON.parse(readFileSync(join(state, 'window.json'), 'utf8')) as { reverter: { pid: number } }).reverter.pid;

/** A terminal of its own: what is typed reaches it, and when `script` dies it hangs up. */
export const onTerminal = (command: readonly string[]): string[] => ['script', '-qec', command.join(' '), '/dev/null'];
