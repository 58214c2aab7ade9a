import type { Command } from 'commander';
import { statePaths, type StatePaths } from '../host/state-paths.ts';
import type { World } from './world.ts';

const DEFAULT_CONFIG = '/etc/portfwd/portfwd.yaml';

export interface ConfigOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export interface StateOptions {
  readonly stateDir?: string;
}

export const withConfig = (command: Command): Command =>
  command.option('--config <path>', `the file with the forwards (default: $PORTFWD_CONFIG or ${DEFAULT_CONFIG})`);

export const withJson = (command: Command): Command => command.option('--json', 'print data and findings as JSON');

export const withState = (command: Command): Command =>
  command.option(
    '--state-dir <path>',
    'keep state and lock there (default: $PORTFWD_STATE_DIR, or /var/lib/portfwd and /run/portfwd)',
  );

export const configPath = (file: string | undefined, { config }: ConfigOptions, { env }: World): string =>
  file ?? config ?? (env['PORTFWD_CONFIG'] || DEFAULT_CONFIG);

export const statePathsOf = ({ stateDir }: StateOptions, { env }: World): StatePaths =>
  statePaths(stateDir ?? (env['PORTFWD_STATE_DIR'] || undefined));

/** The same directories for another run of portfwd, wherever and with whatever environment it starts. */
export const stateArguments = (options: StateOptions, world: World): readonly string[] =>
  options.stateDir === undefined && !world.env['PORTFWD_STATE_DIR']
    ? []
    : ['--state-dir', statePathsOf(options, world).lasting];

/** The lines under "Examples:" at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
