import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from '../process/binary.ts';
import { Failure } from '../../failure/failure.ts';
import { run } from '../process/run.ts';
import { ensureDirectory } from './paths.ts';
import { writeStateFile } from './state-file.ts';
import { systemdIsHere } from '../process/systemd.ts';
import { OUTCOMES_FILE } from './outcomes.ts';
import { WINDOW_FILE, type Reverter } from './pending-change.ts';

export interface Plan {
  readonly id: string;
  readonly seconds: number;
  /** Seconds since the boot. */
  readonly deadline: number;
  /** The directory of the window's own file, and the one of the lock. */
  readonly stateDir: string;
  readonly runtimeDir: string;
  /** How portfwd itself is told to go back; tried first, since it ends flows and keeps the books. */
  readonly command: readonly string[];
  /** libnftables-json: what the kernel gets when even that fails. */
  readonly ruleset: string;
  /** Path below /proc/sys and value: before that document is loaded, and after it. */
  readonly before: readonly (readonly [string, string])[];
  readonly after: readonly (readonly [string, string])[];
}

const SCRIPT = 'revert.sh';
const RULESET = 'revert.json';

/**
 * Starts what will go back when the time is over, whatever becomes of us, and returns when it has said that it
 * is ready. Under systemd it is a transient timer, which no end of a session takes along; else a shell in a
 * session of its own. A network namespace that is not systemd's cannot be left to systemd.
 */
export async function armReverter(plan: Plan): Promise<Reverter> {
  const directory = ensureDirectory(plan.stateDir);
  writeStateFile(directory, RULESET, plan.ruleset);
  writeStateFile(directory, SCRIPT, script(plan));
  return systemdIsHere() ? armTimer(plan, join(directory, SCRIPT)) : armShell(plan, join(directory, SCRIPT));
}

/** It would find nothing to do; this only spares the machine the waiting. */
export async function disarmReverter(reverter: Reverter, stateDir: string): Promise<void> {
  try {
    if (reverter.kind === 'timer') await run('systemctl', ['stop', `${reverter.unit}.timer`]);
    else if (isOurs(reverter.pid, stateDir)) process.kill(-reverter.pid, 'SIGTERM');
  } catch (error) {
    if (!(error instanceof Failure) && (error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A number is given to another process one day. */
function isOurs(pid: number, stateDir: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(join(stateDir, SCRIPT));
  } catch {
    return false;
  }
}

async function armTimer({ id, seconds }: Plan, path: string): Promise<Reverter> {
  const unit = `portfwd-revert-${id}`;
  const timer = [`--on-active=${seconds}s`, '--timer-property=AccuracySec=100ms', `--unit=${unit}`];
  const { exitCode, stderr } = await run('systemd-run', ['--quiet', '--collect', ...timer, binary('sh'), path, '0']);
  if (exitCode !== 0) throw notArmed(stderr);
  return { kind: 'timer', unit };
}

async function armShell({ seconds }: Plan, path: string): Promise<Reverter> {
  const { execa } = await import('execa');
  const child = execa(binary('sh'), [path, `${seconds}`], {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
    reject: false,
  });
  const armed = await Promise.race([
    new Promise<boolean>((resolve) => void child.stdout.once('data', () => resolve(true))),
    child.then(() => false),
  ]);
  child.stdout.destroy();
  child.unref();
  if (!armed || child.pid === undefined) throw notArmed('');
  return { kind: 'process', pid: child.pid };
}

const notArmed = (said: string): Failure =>
  new Failure(
    'tool-failed',
    'what would go back if nobody confirms could not be started; nothing was changed',
    'look at what is said below, or apply without --confirm',
    said,
  );

/**
 * Waits, then lets portfwd go back. Where that fails it does the part that matters with nft alone, and leaves
 * the window open: the next portfwd command finds it expired and does the rest. Nothing that is missing or broken
 * by then may end the script before nft has run.
 */
function script({ id, deadline, stateDir, runtimeDir, command, before, after }: Plan): string {
  const window = quoted(join(stateDir, WINDOW_FILE));
  const holds = (text: string, file: string): string => `grep -qsF ${quoted(text)} ${file}`;
  return [
    '#!/bin/sh',
    '# Goes back to the ruleset before, unless the change is confirmed in time. Written by portfwd.',
    "trap '' HUP",
    'echo armed',
    'exec </dev/null >/dev/null 2>&1',
    '# A file that is damaged does not tell that somebody confirmed.',
    'is_open() {',
    `  [ -e ${window} ] || return 1`,
    `  ${holds(`"id":"${id}","outcome"`, quoted(join(stateDir, OUTCOMES_FILE)))} && return 1`,
    `  ${holds(`"id":"${id}"`, window)} || { ${holds('"id":"', window)} && return 1; return 0; }`,
    `  ! ${holds('"confirmed":true', window)}`,
    '}',
    'sleep "$1"',
    '# Whoever ends the sleep does not end the waiting.',
    `while read -r up rest </proc/uptime && [ "\${up%.*}\${up#*.}" -lt ${Math.ceil(deadline * 100)} ]; do sleep 1; done`,
    `[ -e ${window} ] || exit 0`,
    `timeout -k 5 60 ${command.map(quoted).join(' ')} && exit 0`,
    `command exec 9<>${quoted(join(runtimeDir, 'lock'))} && flock -w 30 9`,
    'is_open || exit 0',
    ...before.map(setSysctl),
    `${quoted(binary('nft'))} -j -f ${quoted(join(stateDir, RULESET))}`,
    ...after.map(setSysctl),
    `logger -t portfwd -p auth.notice -- ${quoted(`not confirmed, reverted by nft alone: ${id}`)}`,
    '',
  ].join('\n');
}

const setSysctl = ([path, value]: readonly [string, string]): string =>
  `printf '%s\\n' ${quoted(value)} >${quoted(`/proc/sys/${path}`)}`;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
