import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

export interface Terminal {
  /** Somebody sits there and can answer. */
  readonly isInteractive: () => boolean;
  /** What is printed is read there, by no other program. */
  readonly showsOutput: () => boolean;
  /** Calls back when Enter is pressed from now on; the function returned ends it. */
  readonly onEnter: (then: () => void) => () => void;
  /** The line that is typed after the question; undefined when the terminal is gone or the input ends. */
  readonly ask: (question: string) => Promise<string | undefined>;
}

export const systemTerminal: Terminal = {
  isInteractive: () => process.stdin.isTTY && process.stderr.isTTY && isForeground(),
  showsOutput: () => isatty(1),
  onEnter: (then) => {
    const { stdin } = process;
    const since = performance.now();
    const heard = (typed: Buffer): void => {
      if (typed.includes(ENTER) && performance.now() - since > TYPED_BEFORE) then();
    };
    stdin.on('data', heard).on('error', hungUp);
    return () => void stdin.off('data', heard).pause().unref();
  },
  ask: async (question) => {
    const { createInterface } = await import('node:readline');
    const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
    process.stdin.on('error', hungUp);
    return new Promise((resolve) => {
      lines.once('close', () => resolve(undefined));
      lines.question(question, (line) => {
        resolve(line);
        lines.close();
      });
    });
  },
};

/** Only the key itself is an answer: the end of the input, as when a terminal hangs up, is none. */
const ENTER = 10;

/** Milliseconds in which what was typed before the question arrives: it answers another one. */
const TYPED_BEFORE = 200;

/** Nobody can answer any more. Going on waits for the other ways in which a window ends. */
const hungUp = (): void => {};

/** Whoever reads from a terminal in the background is stopped by it. */
function isForeground(): boolean {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const [group, foreground] = [fields[2], fields[5]];
  return group === foreground;
}
