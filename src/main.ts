import { writeSync } from 'node:fs';
import { run } from './cli/program.ts';
import { Failure } from './failure/failure.ts';
import { systemHost } from './host/host.ts';

declare const PORTFWD_VERSION: string;

/** Synchronous, so that nothing is lost when the process ends, however long the text and slow the reader. */
function write(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (isUnread(error)) return;
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

/** What the command has done is done: what was to be said of it is lost. */
function print(text: string): void {
  try {
    write(1, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(
      'output-unwritable',
      `standard output cannot be written (${code ?? String(error)}); what the command did is done`,
      'make room where its output goes, and look with portfwd status',
    );
  }
}

/** The reader is gone, or the terminal hung up. */
const isUnread = (error: unknown): boolean => ['EPIPE', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '');

async function main(): Promise<void> {
  try {
    process.exitCode = await run(
      process.argv.slice(2),
      {
        host: systemHost,
        out: print,
        err: (text) => write(2, text),
        env: process.env,
        self: [process.execPath, process.argv[1] ?? ''],
      },
      PORTFWD_VERSION,
    );
  } catch (error) {
    const stack = error instanceof Error ? error.stack : String(error);
    write(2, `portfwd ${PORTFWD_VERSION}: this is a bug in portfwd; please report it with the lines below\n${stack}\n`);
    process.exitCode = 70;
  }
}

// All is written and nothing goes on: to take apart what 10 000 forwards have left costs 10 ms.
void main().then(() => process.exit());
