import * as z from 'zod/mini';
import { Failure } from '../../failure/failure.ts';
import { readJson, unreadableOutput } from '../process/read-json.ts';
import { run, type Outcome } from '../process/run.ts';

/** What ip(8) prints for these commands, from one process. Throws `tool-failed`. */
export async function ipJson<T>(
  options: readonly ('-4' | '-6')[],
  commands: readonly string[],
  item: z.ZodMiniType<T>,
): Promise<readonly T[]> {
  const input = commands.map((command) => `${command}\n`).join('');
  const outcome = await run('ip', [...options, '-j', '-force', '-batch', '-'], { input });
  const shown = ['ip', ...options, '-j', commands[0]].join(' ');
  return readItems(outcome, shown, item);
}

/** From one line for each command that succeeded. `shown` prints such a line. */
function readItems<T>(
  { exitCode, stdout, stderr }: Pick<Outcome, 'exitCode' | 'stdout' | 'stderr'>,
  shown: string,
  item: z.ZodMiniType<T>,
): readonly T[] {
  const problems = stderr.split('\n').filter((line) => line !== '' && !isHarmless(line));
  if (exitCode === undefined || (exitCode !== 0 && problems.length > 0)) {
    throw new Failure(
      'tool-failed',
      'ip could not list the addresses and routes of this host',
      'see its message below; portfwd needs the ip command of iproute2',
      problems.join('\n'),
    );
  }
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  if (exitCode === 0 && lines.length === 0) throw unreadableOutput(shown, stdout);
  return lines.flatMap((line) => readJson(shown, line, z.array(item)));
}

/** A kernel without IPv6 or without routing rules has no such objects. */
const isHarmless = (line: string): boolean =>
  /^Command failed -|^Dump terminated|not supported|FIB table does not exist/i.test(line);
