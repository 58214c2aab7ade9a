import { writeSync } from 'node:fs';
import { run } from './cli/program.ts';
import { Failure } from './failure/failure.ts';
import { systemHost } from './host/host.ts';

declare const PORTFWD_VERSION: string;

const unread = new Set<number>();

/** Synchronous, so that nothing is lost when the process ends, even if the reader is slow. */
function write(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (isUnread(error)) return void unread.add(descriptor);
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

/** If standard output fails, only the output is lost: the command has already done its work. */
function print(text: string): void {
  try {
    write(1, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(
      'output-unwritable',
      `standard output cannot be written (${code ?? String(error)}); the command did its work`,
      'free some space where the output goes, then check with portfwd status',
    );
  }
}

/** A message that standard error does not take is lost. The exit code still says how the command ended. */
function printError(text: string): void {
  try {
    write(2, text);
  } catch {
    // There is nowhere to say so.
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
        err: printError,
        isRead: () => !unread.has(1),
        env: process.env,
        // In the single executable they are the same (executable.ts).
        self: [...new Set([process.execPath, process.argv[1] ?? ''])],
      },
      PORTFWD_VERSION,
    );
  } catch (error) {
    const stack = error instanceof Error ? error.stack : String(error);
    printError(
      `portfwd ${PORTFWD_VERSION}: this is a bug in portfwd; please report it with the lines below\n${stack}\n`,
    );
    process.exitCode = 70;
  }
}

// Everything is written. Without exit, Node would spend 10 ms on freeing the memory of 10 000 forwards.
void main().then(() => process.exit());
