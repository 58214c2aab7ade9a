import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { binary } from '../process/binary.ts';
import { FIXED_ENVIRONMENT, start } from '../process/children.ts';
import { run } from '../process/run.ts';
import { systemdIsHere } from '../process/systemd.ts';
import { ensureDirectory } from '../state/directory/state-directory.ts';
import type { RollbackTimer } from '../state/pending-change.ts';
import {
  deadlineText,
  REVERT_GUARD,
  REVERT_DEADLINE,
  REVERT_RULESET,
  revertScript,
  SCRIPT,
  type RollbackSpec,
} from './script.ts';
import { readStateFile, writeStateFile } from '../state/state-file.ts';

/**
 * Starts the process that reverts the change at the deadline, even if this run is killed, and returns when it is ready.
 * It is a shell that waits. With systemd it is a transient service, which the end of a login session does not stop;
 * otherwise it has a session of its own. systemd cannot be used in a network namespace that is not its own. Throws `tool-failed`.
 */
export async function armRollbackTimer(spec: RollbackSpec): Promise<RollbackTimer> {
  const directory = ensureDirectory(spec.stateDir);
  const path = join(directory, SCRIPT);
  writeStateFile(directory, REVERT_RULESET, spec.ruleset);
  if (spec.guard !== undefined) writeStateFile(directory, REVERT_GUARD, spec.guard);
  writeStateFile(directory, SCRIPT, revertScript(spec));
  return systemdIsHere() ? armService(spec, path) : armShell(spec, path);
}

/** From now on the change is reverted at this deadline. */
export const moveDeadline = (stateDir: string, id: string, deadline: number): void =>
  writeStateFile(stateDir, REVERT_DEADLINE, deadlineText(id, deadline));

/** The rollback timer may load the ruleset with this marker, if portfwd itself cannot revert. */
export const isInRollback = (stateDir: string, marker: string): boolean =>
  readStateFile(stateDir, REVERT_RULESET)?.includes(marker) === true;

/** Optional: at the deadline the timer would find that nothing is left to do. */
export async function disarmRollbackTimer(reverter: RollbackTimer, stateDir: string): Promise<void> {
  try {
    if (reverter.kind === 'service') await run('systemctl', ['stop', `${reverter.unit}.service`]);
    else if (isOurTimer(reverter.pid, stateDir)) process.kill(-reverter.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Failure) && (error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** False if the kernel has given the process ID to another process since. */
function isOurTimer(pid: number, stateDir: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(join(stateDir, SCRIPT));
  } catch {
    return false;
  }
}

async function armService({ id, seconds }: RollbackSpec, path: string): Promise<RollbackTimer> {
  const unit = `portfwd-revert-${id}`;
  const shell = [binary('sh'), path, `${seconds}`];
  // The shell ignores the other signals.
  const kill = '--property=KillSignal=SIGKILL';
  const { exitCode, stderr } = await run('systemd-run', ['--quiet', '--collect', kill, `--unit=${unit}`, ...shell]);
  if (exitCode !== 0) throw notArmed(stderr);
  return { kind: 'service', unit };
}

async function armShell({ seconds }: RollbackSpec, path: string): Promise<RollbackTimer> {
  const { process: child, ended } = start('sh', [path, `${seconds}`], {
    cwd: '/',
    env: FIXED_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const armed = await Promise.race([
    new Promise<boolean>((resolve) => void child?.stdout?.once('data', () => resolve(true))),
    ended.then(() => false),
  ]);
  child?.stdout?.destroy();
  child?.unref();
  if (!armed || child?.pid === undefined) throw notArmed((await ended).problem);
  return { kind: 'process', pid: child.pid };
}

const notArmed = (detail: string): Failure =>
  new Failure(
    'tool-failed',
    'could not start the rollback timer; nothing was changed',
    detail === '' ? 'run the command again' : 'see its message below, then run the command again',
    detail,
  );
