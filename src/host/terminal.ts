import { createInterface } from 'node:readline';

export interface Terminal {
  /** Somebody sits there and can answer. */
  readonly isInteractive: () => boolean;
  /** Calls back when Enter is pressed; the function returned ends it. */
  readonly onEnter: (then: () => void) => () => void;
}

export const systemTerminal: Terminal = {
  isInteractive: () => process.stdin.isTTY && process.stderr.isTTY,
  onEnter: (then) => {
    const lines = createInterface({ input: process.stdin });
    lines.once('line', then);
    return () => {
      lines.close();
      process.stdin.unref();
    };
  },
};
