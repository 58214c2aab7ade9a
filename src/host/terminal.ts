import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';

export interface Terminal {
  /** Somebody sits there and can answer. */
  readonly isInteractive: () => boolean;
  /** What is printed is read there, by no other program. */
  readonly showsOutput: () => boolean;
  /** Calls back when Enter is pressed; the function returned ends it. */
  readonly onEnter: (then: () => void) => () => void;
}

export const systemTerminal: Terminal = {
  isInteractive: () => process.stdin.isTTY && process.stderr.isTTY,
  showsOutput: () => isatty(1),
  onEnter: (then) => {
    const lines = createInterface({ input: process.stdin });
    lines.once('line', then);
    return () => {
      lines.close();
      process.stdin.unref();
    };
  },
};
