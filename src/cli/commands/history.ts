import { escapeControls } from '../../finding/quote.ts';
import type { Generation } from '../../host/state/history.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { formatTable } from '../format/table.ts';
import { statePathsOf, type StateOptions, type World } from '../../apply/context.ts';

/** What was kept, newest last, as `rollback` counts it. */
export async function history(options: StateOptions & { readonly json?: boolean }, world: World): Promise<ExitCode> {
  const { host, out } = world;
  const { stateDir } = statePathsOf(options, world);
  const generations = host.history.list(stateDir);
  const loaded = host.applied.read(statePathsOf(options, world).runtimeDir)?.marker;
  const window = host.pending.read(stateDir);
  if (options.json === true) {
    const waiting = window && { command: window.command, user: window.user, left: host.pending.secondsLeft(window) };
    out(`${JSON.stringify({ generations, waiting: waiting ?? null })}\n`);
    return EXIT.ok;
  }
  out(formatTable([HEAD, ...generations.map((generation) => row(generation, loaded))]));
  if (window !== undefined) out(`waiting to be confirmed: ${escapeControls(window.command)} by ${window.user}\n`);
  return EXIT.ok;
}

const HEAD = ['GENERATION', 'TIME', 'USER', 'COMMAND', 'FORWARDS', 'RULESET'];

const row = ({ number, time, user, command, forwards, marker }: Generation, loaded: string | undefined): string[] => [
  `${number}`,
  time,
  escapeControls(user),
  escapeControls(command),
  `${forwards}`,
  `${marker}${marker === loaded ? ' (loaded)' : ''}`,
];
