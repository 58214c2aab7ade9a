import { Command } from 'commander';
import { shellWord } from '../diagnose/printed-command.ts';
import { escapeControls } from '../finding/quote.ts';
import type { Definition } from './define/definition.ts';

/** Adds to a usage error of commander the command or option that was probably meant. */
export function withHint(text: string, args: readonly string[], definitions: readonly Definition[]): string {
  const hint = hintFor(text, args, definitions);
  if (hint === undefined) return text;
  const [first = ''] = text.split('\n', 1);
  return escapeControls(`${first.replace(/\.$/, '')}; ${hint}`).concat('\n');
}

function hintFor(text: string, args: readonly string[], definitions: readonly Definition[]): string | undefined {
  const [, command] = /^error: unknown command '([^']*)'/.exec(text) ?? [];
  if (command !== undefined) return commandHint(command, args);
  const [, option] = /^error: unknown option '([^'=]*)/.exec(text) ?? [];
  if (option !== undefined && !FILLERS.has(option)) return optionHint(option, args[0], definitions);
  if (args[0] === 'add' && /^error: (?:too many arguments|unknown option)/.test(text)) return addHint(args.slice(1));
  const end = args[0] === 'explain' && text.includes("'--to ") ? args.find((arg) => END.test(arg)) : undefined;
  return end && `write: portfwd explain --to ${end}`;
}

function commandHint(word: string, args: readonly string[]): string | undefined {
  const meant = COMMANDS.get(word.toLowerCase());
  if (meant === undefined) return undefined;
  const rest = args.slice(args.indexOf(word) + 1);
  const known = rest.length <= MAX_WORDS && rest.every((one) => !one.startsWith('-')) ? rest.map(shellWord) : [];
  return `write: ${['portfwd', meant, ...known].join(' ')}`;
}

const MAX_WORDS = 5;

function optionHint(
  option: string,
  command: string | undefined,
  definitions: readonly Definition[],
): string | undefined {
  const meant = OPTIONS.get(option.toLowerCase().replace(/^--?/, '').replaceAll('_', '-'));
  const definition = definitions.find(({ name }) => name === command);
  if (meant === undefined || definition === undefined) return undefined;
  const known = definition.define(new Command()).options.some(({ long }) => long === meant);
  return known ? `write: ${meant}` : undefined;
}

/** `add tcp 6000 192.168.0.2:5000`, `add 6000 to 192.168.0.2:5000`, `add web 6000 192.168.0.2:5000`. */
function addHint(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !FILLERS.has(arg.toLowerCase()));
  if (words.some((word) => word.startsWith('-')) || words.length > MAX_WORDS) return undefined;
  const protocols = words.filter((word) => PROTOCOL.test(word));
  const ends = words.filter((word) => /\d/.test(word) && !PROTOCOL.test(word));
  const names = words.filter((word) => /^[A-Za-z][\w.-]*$/.test(word) && !PROTOCOL.test(word) && !/\d/.test(word));
  const clear =
    protocols.length < 2 && names.length < 2 && protocols.length + ends.length + names.length === words.length;
  if (!clear || ends.length !== 2) return undefined;
  const options = [
    ...names.map((name) => `--name ${shellWord(name)}`),
    ...protocols.map((protocol) => `--protocol ${protocol.toLowerCase()}`),
  ];
  return `write: ${['portfwd add', ...ends.map(shellWord), ...options].join(' ')}`;
}

const FILLERS: ReadonlySet<string> = new Set(['->', '-->', '=>', '→', 'to', 'port', ':']);
/** An address or localhost, with a port. */
const END = /^(?:[\d.]+|localhost):\d+$/;
const PROTOCOL = /^(?:tcp|udp|sctp)$/i;

/** The word of portfwd for words of other programs. */
const meanings = (words: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(words).flatMap(([meant, others]) => others.split(' ').map((other) => [other, meant] as const)),
  );

const COMMANDS = meanings({
  apply: 'reload up load start restart run sync refresh activate commit',
  remove: 'rm delete del unforward unpublish drop erase',
  list: 'ls show get print forwards',
  check: 'validate verify lint test',
  down: 'stop flush clear unload off teardown',
  rollback: 'undo revert back restore',
  add: 'new create forward publish open insert append',
  set: 'update modify change alter',
  edit: 'config configure',
  compile: 'export render generate build dump',
  plan: 'preview dry-run dryrun',
  enable: 'autostart boot',
  history: 'log logs generations',
  status: 'state info health',
  explain: 'why debug simulate',
  confirm: 'accept keep ok',
  doctor: 'diagnose troubleshoot',
  '--version': 'version',
});

const OPTIONS = meanings({
  '--protocol': 'proto p l4proto',
  '--from': 'source sources src allow allow-from s client clients',
  '--interface': 'iface dev device in-interface i',
  '--confirm': 'timeout revert-after rollback-after revert commit-confirmed',
  '--config': 'file f conf config-file c',
  '--dry-run': 'dryrun n check test simulate',
  '--to': 'dest destination dst target d',
  '--output': 'out',
  '--masquerade': 'masq snat',
  '--comment': 'description',
});
