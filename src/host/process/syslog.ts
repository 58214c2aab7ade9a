import { existsSync } from 'node:fs';
import { Failure } from '../../failure/failure.ts';
import { run } from './run.ts';

/** Writes a line to syslog or the journal through logger(1). Does nothing without /dev/log or without logger. */
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

/** A command line with line breaks must not forge a log entry. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
