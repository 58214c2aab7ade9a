import { Command, type Option } from 'commander';
import type { Definition, Group } from '../../src/cli/define/definition.ts';
import { ENVIRONMENT, FILES } from '../../src/cli/define/environment.ts';
import { DESCRIPTION, EXAMPLES, GROUPS, HELP_COMMAND } from '../../src/cli/define/groups.ts';
import { EXIT } from '../../src/report/exit-code.ts';
import { EXIT_MEANINGS } from '../../src/report/exit-meanings.ts';
import { bold, entry, italic, literal, nested, page, section, subsection, text } from './roff.ts';

const MANY = 4;

export const portfwd1 = (version: string): string =>
  page('portfwd', 1, version, 'User Commands', [
    section('Name'),
    'portfwd \\- forward ports of this host with nftables',
    section('Synopsis'),
    `.B portfwd\n${italic('command')} [${italic('option')} ...] [${italic('argument')} ...]`,
    section('Description'),
    text(`${DESCRIPTION} The forwards are in a file, /etc/portfwd/portfwd.yaml; see portfwd.yaml(5).`),
    text('portfwd compiles them to an nftables ruleset and loads it in one transaction.'),
    section('Commands'),
    ...GROUPS.flatMap(group),
    section('Common options'),
    ...COMMON.map(option),
    section('Exit status'),
    ...Object.entries(EXIT).map(([name, code]) => entry(bold(`${code}`), EXIT_MEANINGS[name as keyof typeof EXIT])),
    section('Environment'),
    ...ENVIRONMENT.map(([name, about]) => entry(bold(name), about)),
    section('Files'),
    ...FILES.map(([path, about]) => entry(italic(path), about)),
    section('Examples'),
    literal(EXAMPLES),
    section('See also'),
    '.BR portfwd.yaml (5),\n.BR nft (8),\n.BR conntrack (8)',
  ]);

const shown = ({ hidden }: { readonly hidden?: boolean }): boolean => hidden !== true;

const commandOf = ({ name, define }: Definition): Command => define(new Command(name));

const keyOf = ({ flags, description }: Option): string => `${flags} ${description}`;

/** Options that many commands have are described once. */
const COMMON: readonly Option[] = commonIn(
  GROUPS.flatMap(({ commands }) => commands.filter(shown).flatMap((one) => commandOf(one).options.filter(shown))),
);

function commonIn(options: readonly Option[]): Option[] {
  const many = options.filter((one) => options.filter((other) => keyOf(other) === keyOf(one)).length >= MANY);
  return [...new Map(many.map((one) => [keyOf(one), one])).values()];
}

const isCommon = (option: Option): boolean => COMMON.some((common) => keyOf(common) === keyOf(option));

const group = ({ title, commands }: Group): string[] => [
  subsection(title.replace(/:$/, '')),
  ...commands.filter(shown).flatMap((one) => command(commandOf(one))),
  ...(title === 'Help:'
    ? [entry(`${bold('portfwd help')} [${italic('command')}|${bold('model')}]`, sentence(HELP_COMMAND.summary))]
    : []),
];

function command(made: Command): string[] {
  const options = made.options.filter(shown);
  const inside = [
    ...made.registeredArguments
      .filter(({ description, argChoices }) => description !== '' && argChoices === undefined)
      .map((argument) => entry(italic(argument.name()), argument.description)),
    ...options.filter((one) => !isCommon(one)).map(option),
    ...common(options.filter(isCommon)),
    ...examplesOf(made),
  ];
  return [entry(usage(made), sentence(made.description())), ...nested(inside)];
}

const common = (options: readonly Option[]): string[] =>
  options.length === 0 ? [] : ['.PP', text(`Common options: ${options.map(({ long }) => `\`${long}\``).join(', ')}.`)];

function usage(made: Command): string {
  const words = made.registeredArguments.map((argument) => {
    const name = argument.argChoices === undefined ? italic(argument.name()) : choice(argument.argChoices);
    const many = `${name}${argument.variadic ? ' ...' : ''}`;
    return argument.required ? many : `[${many}]`;
  });
  const options = made.options.length > 0 ? [`[${italic('option')} ...]`] : [];
  return [bold(`portfwd ${made.name()}`), ...options, ...words].join(' ');
}

function option({ flags, description, argChoices, defaultValue }: Option): string {
  const [, names = '', value] = /^([^<[]+?)(?: ([<[].*))?$/.exec(flags) ?? [];
  const term = names.split(', ').map(bold).join(', ');
  const written = argChoices === undefined ? value && valueName(value) : choice(argChoices);
  const preset = ['string', 'number'].includes(typeof defaultValue) ? ` (default: ${defaultValue})` : '';
  return entry(written === undefined ? term : `${term} ${written}`, `${description}${preset}`);
}

const choice = (words: readonly string[]): string => words.map(bold).join('|');

const valueName = (value: string): string =>
  value.startsWith('[') ? `[${italic(value.slice(1, -1))}]` : italic(value.slice(1, -1));

const sentence = (about: string): string => `${about.charAt(0).toUpperCase()}${about.slice(1)}.`;

/** Commander writes them at the end of the help. */
function examplesOf(made: Command): string[] {
  let help = '';
  made.configureOutput({ writeOut: (words) => void (help += words) }).outputHelp();
  const [, examples] = help.split('\nExamples:\n');
  if (examples === undefined) return [];
  return [
    '.PP',
    'Examples:',
    '.PP',
    literal(
      examples
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(2)),
    ),
  ];
}
