import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { openScreen } from './screen.ts';

export interface Terminal {
  /** stdin and stderr are a terminal, and this process may read from it. */
  readonly isInteractive: () => boolean;
  /** stdin and stdout are a terminal, and this process may read from it. */
  readonly isScreen: () => boolean;
  readonly openScreen: typeof openScreen;
  /** stdout is a terminal. */
  readonly showsOutput: () => boolean;
  /** Calls `pressed` for each Enter until the returned function is called. */
  readonly onEnter: (pressed: () => void) => () => void;
  /** The answer to the question; undefined if the input ends or the terminal is closed. */
  readonly ask: (question: string) => Promise<string | undefined>;
}

export const systemTerminal: Terminal = {
  isInteractive: () => process.stdin.isTTY && process.stderr.isTTY && isForeground(),
  isScreen: () => isatty(0) && isatty(1) && isForeground(),
  openScreen,
  showsOutput: () => isatty(1),
  onEnter: (pressed) => {
    const { stdin } = process;
    const since = performance.now();
    const heard = (typed: Buffer): void => {
      if (typed.includes(ENTER) && performance.now() - since > TYPED_BEFORE) pressed();
    };
    stdin.on('data', heard).on('error', hungUp);
    return () => void stdin.off('data', heard).pause().unref();
  },
  ask: async (question) => {
    const { createInterface } = await import('node:readline');
    const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
    for (const stream of [process.stdin, process.stderr]) stream.on('error', hungUp);
    return new Promise((resolve) => {
      lines.once('close', () => resolve(undefined));
      lines.question(question, (line) => {
        resolve(line);
        lines.close();
      });
    });
  },
};

/** The end of the input, as when a terminal hangs up, does not count as Enter. */
const ENTER = 10;

/** Milliseconds. Input that arrives earlier was typed before the question. */
const TYPED_BEFORE = 200;

/** The terminal was closed. The change stays pending until it is confirmed elsewhere or reverted. */
const hungUp = (): void => {};

/** The kernel stops a background process that reads from its terminal. */
function isForeground(): boolean {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const [group, foreground] = [fields[2], fields[5]];
  return group === foreground;
}
