import { Failure } from '../../failure/failure.ts';
import { run } from '../process/run.ts';

/** What ip(8) prints for these commands, from one process. Throws `tool-failed`. */
export async function ipJson<T>(options: readonly ('-4' | '-6')[], commands: readonly string[]): Promise<readonly T[]> {
  const input = commands.map((command) => `${command}\n`).join('');
  const { exitCode, stdout, stderr } = await run('ip', [...options, '-j', '-force', '-batch', '-'], { input });
  const problems = stderr.split('\n').filter((line) => line !== '' && !isHarmless(line));
  if (exitCode !== 0 && problems.length > 0) {
    throw new Failure(
      'tool-failed',
      'ip could not list the addresses and routes of this host',
      'see its message below; portfwd needs the ip command of iproute2',
      problems.join('\n'),
    );
  }
  return stdout.split('\n').flatMap((line) => (line.startsWith('[') ? (JSON.parse(line) as T[]) : []));
}

/** A kernel without IPv6 or without routing rules has no such objects. */
const isHarmless = (line: string): boolean =>
  /^Command failed -|^Dump terminated|not supported|FIB table does not exist/i.test(line);
