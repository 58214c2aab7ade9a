import { closeSync, constants, openSync, writeSync } from 'node:fs';

export interface ScreenListener {
  readonly typed: (text: string) => void;
  /** Its size changed, or this process was stopped and goes on: all of it must be drawn again. */
  readonly resized: () => void;
  /** It has taken everything that was written. */
  readonly ready: () => void;
  readonly hungUp: () => void;
}

export interface Screen {
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Without effect while the terminal has not taken what was written before. */
  readonly write: (text: string) => boolean;
  readonly close: () => void;
}

/** Milliseconds between two attempts, and how long the end of the view may take on a terminal that takes nothing. */
const RETRY = 50;
const PATIENCE = 1000;

const CTRL_Z = '\u001a';

/**
 * The terminal, key by key. `first` is written at once, and `last` when the screen is closed or this process ends in any
 * way that it can notice.
 */
export function openScreen(first: string, last: string, listener: ScreenListener): Screen {
  const { stdin, stdout } = process;
  const output = openOutput();
  let left: Uint8Array = Buffer.from(first);
  const flush = (): boolean => {
    left = written(output, left);
    return left.length === 0;
  };
  const retry = setInterval(() => {
    if (left.length > 0 && flush()) listener.ready();
  }, RETRY);
  const leave = (): void => {
    left = Buffer.from(last);
    for (const end = performance.now() + PATIENCE; !flush() && performance.now() < end;) pause();
    restoreMode();
  };
  const close = (): void => {
    process.off('exit', close);
    clearInterval(retry);
    stdin.off('data', typed).off('end', listener.hungUp).pause();
    stdout.off('resize', listener.resized);
    process.off('SIGTSTP', suspend).off('SIGCONT', comeBack);
    if (away === undefined) leave();
    clearTimeout(away);
    if (output !== 1) closeSync(output);
  };
  const typed = (data: Buffer): void => {
    const text = data.toString('latin1');
    // To the process group, as the terminal itself would do it: sudo is in it, too.
    if (text.includes(CTRL_Z)) process.kill(0, 'SIGTSTP');
    listener.typed(text.replaceAll(CTRL_Z, ''));
  };
  let away: ReturnType<typeof setTimeout> | undefined;
  /** Without a shell that could continue it, the kernel does not stop this process. */
  const suspend = (): void => {
    leave();
    away = setTimeout(comeBack, RETRY);
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
  };
  const comeBack = (): void => {
    stdin.setRawMode(true);
    if (away !== undefined) {
      clearTimeout(away);
      away = undefined;
      process.on('SIGTSTP', suspend);
      left = Buffer.from(first);
      flush();
    }
    listener.resized();
  };
  process.once('exit', close);
  stdin.setRawMode(true);
  stdin.on('data', typed).on('end', listener.hungUp).on('error', listener.hungUp);
  stdout.on('resize', listener.resized);
  process.on('SIGTSTP', suspend).on('SIGCONT', comeBack);
  flush();
  return {
    // A serial line does not know its size.
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    write: (text) => {
      if (away !== undefined || left.length > 0) return false;
      left = Buffer.from(text);
      flush();
      return true;
    },
    close,
  };
}

/**
 * A terminal on a slow line, or one that was stopped, must not stop this process. Another opening of it has flags of its
 * own: those of standard output belong to the shell too.
 */
function openOutput(): number {
  try {
    return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return 1;
  }
}

/** What the terminal did not take. Nothing, if it is gone. */
function written(descriptor: number, bytes: Uint8Array): Uint8Array {
  let at = 0;
  try {
    while (at < bytes.length) at += writeSync(descriptor, bytes, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return new Uint8Array();
  }
  return bytes.subarray(at);
}

/** Fails if the terminal is gone. */
function restoreMode(): void {
  try {
    process.stdin.setRawMode(false);
  } catch {
    // There is nothing to restore.
  }
}

const pause = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY);
