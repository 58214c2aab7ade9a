import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../apply/context.ts';
import { STANDARD_INPUT } from '../apply/standard-input.ts';
import { Failure } from '../failure/failure.ts';
import { packParts } from '../parts/parts.ts';

const DEFAULT_CONFIG = '/etc/portfwd/portfwd.yaml';

export interface ConfigOptions {
  readonly config?: string | undefined;
}

/** Of the argument that many commands take. */
export const FILE = 'file with the forwards';

/** Of those that also read standard input. */
export const FILE_OR_STDIN = `${FILE}; - is standard input`;

/** Throws `config-unreadable` for standard input: the command changes the file, or reads it several times. */
export function configPath(file: string | undefined, options: ConfigOptions, ctx: Pick<Context, 'env'>): string {
  const path = pathOf(file, options, ctx);
  if (path !== '-') return path;
  throw new Failure(
    'config-unreadable',
    'this command needs a file and does not read standard input',
    'name a file; check, plan, apply and compile take - for standard input',
  );
}

const pathOf = (file: string | undefined, { config }: ConfigOptions, { env }: Pick<Context, 'env'>): string =>
  file ?? config ?? (env['PORTFWD_CONFIG'] || DEFAULT_CONFIG);

/** A file, or the text that was on standard input. */
export interface ModelSource {
  readonly file: string;
  readonly text?: Uint8Array;
}

export async function modelSource(
  file: string | undefined,
  options: ConfigOptions,
  { env, host }: Pick<Context, 'env' | 'host'>,
): Promise<ModelSource> {
  const path = pathOf(file, options, { env });
  return path === '-' ? { file: STANDARD_INPUT, text: packParts(await host.readStandardInput(), []) } : { file: path };
}

/** For a command that reads the file with the forwards and the state. */
export const withFile = (command: Command): Command => withState(withConfig(command));

export const withConfig = (command: Command): Command =>
  command.optionsGroup('Options:').option('--config <path>', `${FILE} (default: $PORTFWD_CONFIG or ${DEFAULT_CONFIG})`);

export const withState = (command: Command): Command => withStateDirectory(withJson(command));

export const withStateDirectory = (command: Command): Command =>
  command.option(
    '--state-dir <path>',
    'directory for state and lock (default: $PORTFWD_STATE_DIR, or /var/lib/portfwd and /run/portfwd)',
    notEmpty,
  );

/** As from a shell variable that is not set: it would name the current directory, and --purge deletes files. */
function notEmpty(path: string): string {
  if (path === '') throw new InvalidArgumentError('It is empty. Write the path of a directory.');
  return path;
}

export const withJson = (command: Command): Command => command.option('--json', 'print results and messages as JSON');

/** For every command that changes the file and the kernel. */
export const withChange = (command: Command): Command =>
  command
    .optionsGroup('Options for the change:')
    .option('--dry-run', 'check whether the change would succeed, without changing anything')
    .addOption(confirmOption())
    .addOption(detachOption())
    .addOption(forceOption())
    .option('--keep-connections', 'do not end TCP and SCTP connections of changed and removed forwards')
    .option('--allow-removals', 'remove more than half of ten or more loaded forwards, which is refused otherwise')
    .option('--enable-forwarding', 'let this host route if a forward needs it, as forwarding: enable in the file does');

export const forceOption = (): Option =>
  new Option('--force', 'with --confirm: load forwards even if they hide a listening socket or your SSH session');

export const detachOption = (): Option =>
  new Option('--detach', 'with --confirm: do not wait; portfwd confirm keeps the change, or it reverts by itself');

export const confirmOption = (): Option =>
  new Option(
    '--confirm <time>',
    'revert automatically unless confirmed within this time, such as 60 or 5m (Enter or portfwd confirm); exit 6 if reverted',
  ).argParser(parseSeconds);

/** `60`, `60s`, `5m`, `5 min`, `1h`, `1m30s`; at most a day. */
function parseSeconds(text: string): number {
  const [, hours, minutes, seconds] = TIME.exec(text.trim().toLowerCase()) ?? [];
  const given = [hours, minutes, seconds].some((part) => part !== undefined);
  const total = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  if (given && total >= 1 && total <= 86_400) return total;
  throw new InvalidArgumentError('Write seconds, 1 to 86400, or a time such as 60s, 5m or 1h.');
}

const TIME =
  /^(?:(\d{1,2})\s*h(?:ours?|rs?)?\s*)?(?:(\d{1,4})\s*m(?:in(?:ute)?s?)?\s*)?(?:(\d{1,5})\s*(?:s(?:ec(?:ond)?s?)?)?)?$/;
