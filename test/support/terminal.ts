import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { expect } from 'vitest';

/** Only a test that fails waits so long, in milliseconds. */
export const LIMIT = 60_000;

export interface Terminals {
  readonly open: (session: string, command: string, size: Size) => Promise<Terminal>;
  readonly close: () => Promise<void>;
}

interface Terminal {
  /** As tmux names them: `Tab`, `C-u`. */
  readonly press: (key: string) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  /** Waits until the screen has the text. Returns the screen. */
  readonly shows: (text: string) => Promise<string>;
}

interface Size {
  readonly columns: number;
  readonly lines: number;
}

/** Terminals of a tmux of its own, whose socket is in the directory. */
export function terminalsIn(cwd: string): Terminals {
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await execa('tmux', ['-u', '-S', `${cwd}/socket`, '-f', '/dev/null', ...args])).stdout;
  return {
    open: async (session, command, { columns, lines }) => {
      await tmux('new-session', '-d', '-s', session, '-c', cwd, '-x', `${columns}`, '-y', `${lines}`, command);
      // A name without "=" and ":" would first be looked for among the windows, which tmux names after what runs in them.
      const target = `=${session}:`;
      return {
        press: async (key) => void (await tmux('send-keys', '-t', target, key)),
        type: async (text) => void (await tmux('send-keys', '-t', target, '-l', text)),
        shows: async (text) => shown(text, async () => tmux('capture-pane', '-p', '-t', target)),
      };
    },
    close: async () => void (await tmux('kill-server').catch(() => undefined)),
  };
}

async function shown(text: string, capture: () => Promise<string>): Promise<string> {
  let screen = '';
  const limit = performance.now() + LIMIT;
  while (!screen.includes(text) && performance.now() < limit) {
    await setTimeout(50);
    screen = await capture();
  }
  expect(screen).toContain(text);
  return screen;
}
