import { existsSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { run } from './run.ts';

/** One line for syslog or the journal, through logger(1). Where neither listens, or logger is missing, none. */
export async function syslog(line: string): Promise<void> {
  if (!existsSync('/dev/log')) return;
  try {
    await run('logger', ['-t', `portfwd[${process.pid}]`, '-p', 'auth.notice', '--', oneLine(line)], {
      timeout: 5000,
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** What somebody typed makes no line of its own. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
