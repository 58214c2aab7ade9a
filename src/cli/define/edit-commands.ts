import { InvalidArgumentError, Option, type Command } from 'commander';
import { FORWARD_KEYS, isRequired, keyValue, type ForwardKey } from '../../edit/forward-keys.ts';
import type { KeyChange } from '../../edit/set-keys.ts';
import { withChange, examples, withConfig, withJson, withState } from '../options.ts';

export const addCommand = (program: Command): Command =>
  withChange(withState(withJson(withConfig(program.command('add')))))
    .description('write one more forward into the file, made anew if need be, and apply it')
    .argument('<listen>', 'where clients connect: 6000, 27000-27100, 203.0.113.1:53, [::]:443')
    .argument('<target>', 'where they get to: 192.168.0.2:5000; without a port every port is kept')
    .option('--name <name>', 'how to call it (default: made from protocol and listen, such as tcp-6000)')
    .option('--protocol <list>', 'tcp (default), udp, sctp, or several', list)
    .option('--interface <list>', 'only what comes in through these', list)
    .option('--wildcard', 'let a name under --interface end in *')
    .option('--from <list>', 'only clients with these addresses or prefixes', list)
    .addOption(
      new Option('--masquerade <mode>', 'rewrite the source: auto, where the reply could not come back').choices([
        'auto',
        'always',
        'never',
      ]),
    )
    .option('--loopback', 'lead 127.0.0.1 to a target on another host too')
    .option('--comment <text>', 'a line about it')
    .addHelpText(
      'after',
      examples(
        'portfwd add 6000 192.168.0.2:5000',
        'portfwd add --name dns --protocol tcp,udp 203.0.113.1:53 10.0.0.53',
        "portfwd add '[::]:443' '[2001:db8::10]:8443' --interface eth0 --confirm 60",
      ),
    );

/** By commas, or the option once more. */
const list = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',')];

export const removeCommand = (program: Command): Command =>
  withChange(withState(withJson(withConfig(program.command('remove')))))
    .description('take forwards out of the file, all of those named or none, and apply it')
    .argument('<forward...>', 'by name, or by listen where that is its only one')
    .addHelpText('after', examples('portfwd remove web', 'portfwd remove tcp-6000 203.0.113.1:53 --confirm 60'));

export const setCommand = (program: Command): Command =>
  withChange(withState(withJson(withConfig(program.command('set')))))
    .description('change keys of one forward in the file, and apply it; key= removes a key')
    .argument('<forward>', 'by name, or by listen where that is its only one')
    .argument('<key=value...>', `${FORWARD_KEYS.join(', ')}; lists by commas`, keyChange)
    .addHelpText(
      'after',
      examples(
        'portfwd set web target=10.0.0.3:80',
        'portfwd set web enabled=false',
        "portfwd set dns protocol=tcp,udp interface= comment='the new one'",
      ),
    );

function keyChange(text: string, before: readonly KeyChange[] = []): readonly KeyChange[] {
  const [, word = text, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const key = FORWARD_KEYS.find((known) => known === word);
  if (key === undefined) throw new InvalidArgumentError(`Write KEY=VALUE; the keys are ${FORWARD_KEYS.join(', ')}.`);
  if (value === undefined) throw new InvalidArgumentError(`Write ${key}=VALUE, or ${key}= to remove the key.`);
  if (before.some(([known]) => known === key)) throw new InvalidArgumentError(`Write ${key} once.`);
  return [...before, [key, valueFor(key, value)]];
}

function valueFor(key: ForwardKey, text: string): KeyChange[1] {
  if (text !== '') return keyValue(key, text);
  if (isRequired(key)) throw new InvalidArgumentError(`No forward is without ${key}.`);
  return undefined;
}

export const editCommand = (program: Command): Command =>
  withChange(withState(withJson(withConfig(program.command('edit')))))
    .description(
      'open the file in $VISUAL or $EDITOR and apply what you made of it; with errors, edit again or give up',
    )
    .addHelpText('after', examples('portfwd edit', 'EDITOR=nano portfwd edit --confirm 60'));

export const diffCommand = (program: Command): Command =>
  withState(withJson(program.command('diff')))
    .description('tell what changed between two generations, forward by forward; exit 1 when something did')
    .argument('[from]', 'as portfwd history numbers them (default: the one before the last)', parseNumber)
    .argument('[to]', '(default: the newest)', parseNumber)
    .addHelpText('after', examples('portfwd diff', 'portfwd diff 12', 'portfwd diff 3 7 --json'));

export function parseNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write the number of a generation.');
}
