import { statePaths, type StatePaths } from '../host/state/paths.ts';
import type { Host } from '../host/host.ts';

/** Everything a command touches besides its arguments. */
export interface World {
  readonly host: Host;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** As `err`, also where that keeps what it is told until the end. */
  readonly atOnce?: (text: string) => void;
  /** How this very program is started again: the runtime and the file. */
  readonly self: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface StateOptions {
  readonly stateDir?: string;
}

export const statePathsOf = ({ stateDir }: StateOptions, { env }: World): StatePaths =>
  statePaths(stateDir ?? (env['PORTFWD_STATE_DIR'] || undefined));

/** The same directories for another run of portfwd, wherever and with whatever environment it starts. */
export const stateArguments = (options: StateOptions, world: World): readonly string[] =>
  options.stateDir === undefined && !world.env['PORTFWD_STATE_DIR']
    ? []
    : ['--state-dir', statePathsOf(options, world).stateDir];
