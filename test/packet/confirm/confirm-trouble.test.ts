import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { pidsIn, until, type Sandbox } from '../lab/sandbox.ts';
import {
  another,
  backTo,
  CHANGE,
  isOpen,
  keptIn,
  LATER,
  onTerminal,
  open,
  prepare,
  removeSandboxes,
  reverterOf,
  SOON,
} from '../lab/confirm-lab.ts';

afterAll(removeSandboxes);

const windowOf = ({ state }: Sandbox): Record<string, unknown> =>
  JSON.parse(readFileSync(join(state, 'window.json'), 'utf8')) as Record<string, unknown>;

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);

/** As if a run had been killed after it wrote this. */
const writeWindow = ({ state }: Sandbox, text: string): void => writeFileSync(join(state, 'window.json'), text);

test.concurrent('what was typed before the question is no answer', async () => {
  const prepared = await prepare();
  const run = prepared.sandbox.start(CHANGE(SOON), onTerminal);
  run.type('yes\r');
  expect((await run.ended).exitCode).toBe(6);
  await backTo(prepared);
});

/** Without SIGHUP, which would end it. */
const deafOnTerminal = (command: readonly string[]): string[] => onTerminal(['trap "" HUP; exec', ...command]);

test.concurrent('the end of the input is no answer, nor is a terminal that hangs up', async () => {
  const prepared = await prepare();
  const run = await open(prepared, SOON, deafOnTerminal);
  await prepared.sandbox.run(['sleep', '0.5']);
  run.type('y\u0004\u0004');
  await prepared.sandbox.run(['sleep', '0.5']);
  process.kill(run.pid, 'SIGKILL');
  await backTo(prepared);
});

const inBackground = (command: readonly string[]): string[] => onTerminal(['set -m;', ...command, '& wait $!']);

test.concurrent('in the background it does not read from the terminal, which would stop it', async () => {
  const prepared = await prepare();
  const run = await open(prepared, SOON, inBackground);
  await prepared.sandbox.run(['sleep', '0.5']);
  run.type('\r');
  expect((await run.ended).exitCode).toBe(6);
  await backTo(prepared);
});

test.concurrent('killed while it kept: the next command finishes', async () => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  const run = await open(prepared, SOON);
  writeWindow(sandbox, JSON.stringify({ ...windowOf(sandbox), confirmed: true }));
  process.kill(run.pid, 'SIGKILL');
  await until('the reverter finds it confirmed', () => !isOpen(sandbox));
  await keptIn(prepared);
  expect((await sandbox.portfwd('history')).stdout).toMatch(/\n3 .* rollback 1 .*\(loaded\)$/);
});

test.concurrent('nothing can be written any more: not confirmed, and everything goes back', async () => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  const run = await open(prepared, SOON + 2);
  rmSync(join(sandbox.state, 'history'), { recursive: true });
  writeFileSync(join(sandbox.state, 'history'), '');
  const { exitCode, stderr } = await sandbox.portfwd('confirm');
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringMatching('state-directory') });
  expect((await run.ended).exitCode).toBe(6);
  await backTo(prepared);
});

test.concurrent('a damaged window: looking works, changing does not, and everything goes back', async () => {
  const prepared = await prepare();
  const { sandbox, before } = prepared;
  const run = await open(prepared, SOON + 2);
  writeWindow(sandbox, '{"id":');
  expect((await run.ended).exitCode).toBe(3);
  expect((await sandbox.portfwd('status')).stderr).toMatch(/damaged/);
  for (const command of ['apply', 'confirm', 'rollback', 'down'])
    expect((await sandbox.portfwd(command)).exitCode, command).toBe(3);
  await until('nobody is left', async () => (await pidsIn(sandbox.name)).length === 0);
  expect(await sandbox.seen()).toEqual(before);
});

test.concurrent('another network namespace with the same state leaves it alone', async () => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  const run = await open(prepared, SOON + 2);
  const other = await another(sandbox);
  expect((await other.portfwd('list')).exitCode).toBe(0);
  expect((await other.portfwd('rollback')).exitCode).toBe(5);
  expect((await other.portfwd('confirm')).exitCode).toBe(4);
  expect(isOpen(sandbox)).toBe(true);
  expect((await run.ended).exitCode).toBe(6);
  await backTo(prepared);
});

test.concurrent('portfwd and its lock are gone when the time is over: nft alone goes back', async () => {
  const prepared = await prepare();
  const { sandbox, before } = prepared;
  const copy = join(sandbox.directory, 'dist');
  cpSync(dirname(PORTFWD_COMMAND[1]), copy, { recursive: true });
  const run = await open(prepared, SOON, ([node = '', , ...args]) => [node, join(copy, 'portfwd.js'), ...args]);
  process.kill(run.pid, 'SIGKILL');
  for (const path of [copy, join(sandbox.state, 'lock')]) rmSync(path, { recursive: true });
  mkdirSync(join(sandbox.state, 'lock'));
  await until('nobody is left', async () => (await pidsIn(sandbox.name)).length === 0);
  expect(await sandbox.seen()).toEqual(before);
  rmSync(join(sandbox.state, 'lock'), { recursive: true });
  expect((await sandbox.portfwd('confirm')).exitCode).toBe(6);
  await backTo(prepared);
});

test.concurrent("whoever ends the reverter's sleep does not end the waiting", async () => {
  const prepared = await prepare();
  const { sandbox, after, before } = prepared;
  const run = await open(prepared, LATER);
  for (const pid of childrenOf(reverterOf(sandbox))) process.kill(pid, 'SIGKILL');
  await sandbox.run(['sleep', '2']);
  expect(await sandbox.seen()).toEqual({ ...after, file: before.file });
  expect((await sandbox.portfwd('confirm')).exitCode).toBe(0);
  expect((await run.ended).exitCode).toBe(0);
  await keptIn(prepared);
});

test.concurrent('rollback that comes too late goes back no further', async () => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  await (
    await open(prepared, 1)
  ).ended;
  const { exitCode, stderr } = await sandbox.portfwd('rollback');
  expect({ exitCode, stderr }).toEqual({ exitCode: 6, stderr: expect.stringMatching('was reverted already') });
  await backTo(prepared);
  expect((await sandbox.portfwd('rollback', '1')).exitCode).toBe(0);
  await keptIn(prepared);
});

test.concurrent('the table was flushed meanwhile: there is nothing to keep, and rollback brings the old one', async () => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  await open(prepared, LATER);
  await sandbox.run(['nft', 'flush', 'ruleset']);
  const { exitCode, stderr } = await sandbox.portfwd('confirm');
  expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: expect.stringMatching('cannot be confirmed') });
  expect((await sandbox.portfwd('rollback')).exitCode).toBe(0);
  await backTo(prepared);
});

test.concurrent('without a way back nothing is loaded', async () => {
  const prepared = await prepare();
  const { sandbox, before } = prepared;
  const applied = join(sandbox.state, 'applied.json');
  const text = readFileSync(applied, 'utf8');
  const model = Buffer.from('version: 1\nforwards: [{ listen: 1, target: 10.0.0.2, ancient: true }]\n');
  const broken = { ...(JSON.parse(text) as object), model: model.toString('base64') };
  writeFileSync(applied, JSON.stringify(broken));
  expect(await sandbox.portfwd(...CHANGE(SOON))).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/no-way-back/),
  });
  rmSync(applied);
  rmSync(join(sandbox.state, 'history', '000002.json'));
  expect(await sandbox.portfwd(...CHANGE(SOON))).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/no-way-back/),
  });
  expect(await sandbox.seen()).toEqual(before);
  await backTo(prepared);
});

test.concurrent('a load that fails halfway is taken back at once', async () => {
  const prepared = await prepare();
  const { sandbox } = prepared;
  const nft = (await execa('which', ['nft'])).stdout;
  copyFileSync(nft, join(sandbox.directory, 'nft'));
  const script = `#!/bin/sh\n"${sandbox.directory}/nft" "$@" || exit\n[ "$1 $2" != "-j -f" ] || [ -e "${sandbox.directory}/once" ] || { touch "${sandbox.directory}/once"; exit 1; }\n`;
  writeFileSync(join(sandbox.directory, 'wrapper'), script, { mode: 0o755 });
  const mount = `mount --bind ${sandbox.directory}/wrapper ${nft}; exec "$@"`;
  const run = sandbox.start(CHANGE(LATER), (command) => ['unshare', '-m', 'sh', '-ec', mount, 'sh', ...command]);
  expect((await run.ended).exitCode).toBe(4);
  await backTo(prepared);
});
