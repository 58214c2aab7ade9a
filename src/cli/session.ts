import type { Context, Environment } from '../apply/context.ts';
import type { Host } from '../host/host.ts';
import { statePaths } from '../host/state/paths.ts';
import type { JsonMessages } from './json-messages.ts';
import { printable, printableJson } from './printable.ts';
import { reportOf, type Say } from './report.ts';

/** What the process gives to the command line. Tests pass another one. */
export interface Runtime {
  readonly host: Host;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** False once the reader of standard output has gone. */
  readonly isRead: () => boolean;
  readonly env: Environment;
  /** How this program is started again: the runtime and the file, or the single executable. */
  readonly self: readonly string[];
}

/** The context of the steps below the command line, and where a command prints. */
export interface Session extends Context {
  readonly json: boolean;
  /** The file of this program. */
  readonly program: string;
  /** Prints the product on standard output, as JSON or as text that ends its last line itself. */
  readonly print: (json: object, text: () => string) => void;
  /** Prints a message on standard error, as JSON or as lines for people. */
  readonly say: Say;
  /** As `say`, but under --json not at the end of the command. */
  readonly sayNow: Say;
  /** False once nothing reads what is printed. */
  readonly isRead: () => boolean;
  /** Prints text on standard output as it is. */
  readonly write: (text: string) => void;
  /** Overwrites the present line on the terminal. */
  readonly showProgress: (text: string) => void;
}

export interface StateOptions {
  readonly stateDir?: string;
  readonly json?: boolean;
}

/** `messages` collects what is said under --json. */
export function createSession(options: StateOptions, runtime: Runtime, messages: JsonMessages | undefined): Session {
  const { host, env, out, err, isRead } = runtime;
  const directory = options.stateDir ?? (env['PORTFWD_STATE_DIR'] || undefined);
  const state = statePaths(directory);
  const json = messages !== undefined;
  const say: Say = (value, text) => (messages === undefined ? err(`${printable(text())}\n`) : messages.add(value));
  return {
    host,
    env,
    state,
    revertCommand: [
      ...runtime.self,
      'revert-expired',
      ...(directory === undefined ? [] : ['--state-dir', state.stateDir]),
    ],
    report: reportOf(say, json),
    json,
    program: runtime.self.at(-1) ?? '',
    print: (value, text) => out(json ? `${printableJson(value)}\n` : printable(text())),
    say,
    sayNow: (value, text) => err(json ? `${printableJson(value)}\n` : `${printable(text())}\n`),
    isRead,
    write: out,
    showProgress: (text) => err(`\r${text}`),
  };
}
