import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../apply/context.ts';

const DEFAULT_CONFIG = '/etc/portfwd/portfwd.yaml';

export interface ConfigOptions {
  readonly config?: string;
}

/** Of the argument that many commands take. */
export const FILE = 'file with the forwards';

export const configPath = (
  file: string | undefined,
  { config }: ConfigOptions,
  { env }: Pick<Context, 'env'>,
): string => file ?? config ?? (env['PORTFWD_CONFIG'] || DEFAULT_CONFIG);

/** For a command that reads the file with the forwards and the state. */
export const withFile = (command: Command): Command => withState(withConfig(command));

export const withConfig = (command: Command): Command =>
  command.optionsGroup('Options:').option('--config <path>', `${FILE} (default: $PORTFWD_CONFIG or ${DEFAULT_CONFIG})`);

export const withState = (command: Command): Command =>
  withJson(command).option(
    '--state-dir <path>',
    'directory for state and lock (default: $PORTFWD_STATE_DIR, or /var/lib/portfwd and /run/portfwd)',
  );

export const withJson = (command: Command): Command => command.option('--json', 'print results and messages as JSON');

/** For every command that changes the file and the kernel. */
export const withChange = (command: Command): Command =>
  command
    .optionsGroup('Options for the change:')
    .option('--dry-run', 'check whether the change would succeed, without changing anything')
    .addOption(confirmOption())
    .addOption(forceOption())
    .option('--keep-connections', 'do not end TCP and SCTP connections of changed and removed forwards')
    .option('--allow-removals', 'remove more than half of ten or more loaded forwards, which is refused otherwise')
    .option('--enable-forwarding', 'let this host route if a forward needs it, as forwarding: enable in the file does');

export const forceOption = (): Option =>
  new Option('--force', 'with --confirm: load forwards even if they hide a listening socket or your SSH session');

export const confirmOption = (): Option =>
  new Option(
    '--confirm <seconds>',
    'revert automatically unless confirmed within this time (Enter or portfwd confirm); exit 6 if reverted',
  ).argParser(parseSeconds);

/** `60` or `60s`; at most a day. */
function parseSeconds(text: string): number {
  const seconds = Number(/^([1-9]\d{0,4})s?$/.exec(text)?.[1]);
  if (seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('Write seconds, 1 to 86400, such as 60 or 60s.');
}
