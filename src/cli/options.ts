import { type Command, InvalidArgumentError, Option } from 'commander';
import type { World } from '../apply/context.ts';

const DEFAULT_CONFIG = '/etc/portfwd/portfwd.yaml';

export interface ConfigOptions {
  readonly config?: string;
  readonly json?: boolean;
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

/** The lines under "Examples:" at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;

/** What every command that changes file or kernel can be asked for. */
export const withChange = (command: Command): Command =>
  command
    .option(
      '--dry-run',
      'tell what apply would be refused for, let nft try it in a namespace of its own, change nothing',
    )
    .option(
      '--enable-forwarding',
      'let this host route where a forward needs it, as forwarding: enable does in the file',
    )
    .addOption(forceOption())
    .option('--keep-connections', 'let TCP connections of changed and removed forwards go on as they began')
    .addOption(confirmOption());

export const forceOption = (): Option =>
  new Option('--force', 'with --confirm: load even what covers a listening socket or the port of your own session');

export const confirmOption = (): Option =>
  new Option(
    '--confirm <seconds>',
    'go back to what was loaded before, unless this is confirmed in time (Enter, or portfwd confirm); exit 6 then',
  ).argParser(parseSeconds);

/** `60` or `60s`; a day is longer than anybody waits. */
function parseSeconds(text: string): number {
  const seconds = Number(/^([1-9]\d{0,4})s?$/.exec(text)?.[1]);
  if (seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('Write seconds, 1 to 86400, such as 60 or 60s.');
}
