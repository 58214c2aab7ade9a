import type { Command } from 'commander';
import type { ExitCode } from '../../report/exit-code.ts';

/** One command: its arguments, options and help, and the function that runs it, which is loaded only then. */
export interface Definition {
  readonly name: string;
  /** Not in the help: for portfwd itself. */
  readonly hidden?: true;
  /** It neither reads nor changes the state of this host. */
  readonly stateless?: true;
  readonly define: (command: Command) => Command;
  /** The function takes the arguments in order, then the options, then the session. */
  readonly load: () => Promise<(...args: never[]) => Promise<ExitCode>>;
}

/** Commands that stand together in the help. */
export interface Group {
  readonly title: string;
  readonly commands: readonly Definition[];
}

/** The lines under "Examples:" at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
