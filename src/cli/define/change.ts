import { InvalidArgumentError, Option } from 'commander';
import { keyValue } from '../../edit/key-value.ts';
import type { KeyChange } from '../../edit/set-keys.ts';
import { forwardKeys, rowOf, type ForwardKey } from '../../model/forward-keys.ts';
import { FILE_OR_STDIN, withChange, withConfig, withFile, withState } from '../options.ts';
import { examples, type Definition, type Group } from './definition.ts';
import { withForwardOptions } from './forward-options.ts';

const init: Definition = {
  name: 'init',
  stateless: true,
  load: async () => (await import('../commands/init.ts')).init,
  define: (command) =>
    withConfig(
      command
        .description(
          'write a first file with comments and an example that is switched off; never over a file that exists',
        )
        .summary('write a first file, with comments'),
    ).addHelpText('after', examples('portfwd init', 'portfwd init --config ./forwards.yaml')),
};

const add: Definition = {
  name: 'add',
  load: async () => (await import('../commands/add.ts')).add,
  define: (command) =>
    withFile(
      withChange(
        withForwardOptions(
          command
            .description('add a forward to the file (create the file if needed) and apply')
            .argument('<listen>', 'where clients connect: 6000, 27000-27100, 203.0.113.1:53, [::]:443')
            .argument(
              '[target]',
              'where it forwards to: 192.168.0.2:5000; without a port, the port is kept; or both in one word: 6000:192.168.0.2:5000',
            )
            .optionsGroup('Options for the forward:'),
        ),
      )
        .option(
          '--file <name>',
          'put a new forward in this file of the directory beside the main file, such as 20-web.yaml',
        )
        .option('--replace', 'put it in the place of the forward with the same name, or with the same listen'),
    ).addHelpText(
      'after',
      examples(
        'portfwd add 6000 192.168.0.2:5000',
        'portfwd add --file 20-web.yaml 8080 192.168.0.2:80',
        'portfwd add --replace 6000 192.168.0.3:5000',
        'portfwd add ppp0:443 192.168.0.2:8443',
        'portfwd add --name dns --protocol tcp,udp 203.0.113.1:53 10.0.0.53',
        "portfwd add '[::]:443' '[2001:db8::10]:8443' --interface eth0 --confirm 60",
      ),
    ),
};

const ONE_FORWARD = 'name of the forward, or its listen if it has only one';

const remove: Definition = {
  name: 'remove',
  load: async () => (await import('../commands/remove.ts')).remove,
  define: (command) =>
    withFile(
      withChange(
        command
          .description('remove forwards from the file and apply')
          .argument('<forward...>', `${ONE_FORWARD}; if one is not found, none is removed`),
      ),
    ).addHelpText('after', examples('portfwd remove web', 'portfwd remove tcp-6000 203.0.113.1:53 --confirm 60')),
};

const set: Definition = {
  name: 'set',
  load: async () => (await import('../commands/set.ts')).set,
  define: (command) =>
    withFile(
      withChange(
        command
          .description('change keys of a forward, or forwarding of the whole file, and apply')
          .argument('<forward>', `${ONE_FORWARD}; or forwarding=VALUE alone, for the whole file`)
          .argument(
            '[key=value...]',
            `${forwardKeys.join(', ')}; separate the items of a list by commas; key= removes a key`,
            keyChange,
          ),
      ),
    ).addHelpText(
      'after',
      examples(
        'portfwd set web target=10.0.0.3:80',
        'portfwd set web enabled=false',
        'portfwd set forwarding=enable',
        "portfwd set dns protocol=tcp,udp interface= comment='the new one'",
      ),
    ),
};

function keyChange(text: string, before: readonly KeyChange[] = []): readonly KeyChange[] {
  const [, word = text, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const key = forwardKeys.find((known) => known === word);
  if (key === undefined) throw new InvalidArgumentError(`Write KEY=VALUE; the keys are ${forwardKeys.join(', ')}.`);
  if (value === undefined) throw new InvalidArgumentError(`Write ${key}=VALUE, or ${key}= to remove the key.`);
  if (before.some(([known]) => known === key)) throw new InvalidArgumentError(`Write ${key} once.`);
  return [...before, [key, valueFor(key, value)]];
}

function valueFor(key: ForwardKey, text: string): KeyChange[1] {
  if (text !== '') return keyValue(key, text);
  if (rowOf(key).required === true) throw new InvalidArgumentError(`Every forward needs ${key}; it cannot be removed.`);
  return undefined;
}

const edit: Definition = {
  name: 'edit',
  load: async () => (await import('../commands/edit.ts')).edit,
  define: (command) =>
    withFile(
      withChange(
        command
          .description('edit a file in $VISUAL or $EDITOR and apply')
          .argument(
            '[file|forward]',
            'the file that has this forward, or a file of the directory (default: the main file)',
          ),
      ),
    ).addHelpText('after', examples('portfwd edit', 'portfwd edit web', 'EDITOR=nano portfwd edit --confirm 60')),
};

const apply: Definition = {
  name: 'apply',
  load: async () => (await import('../commands/apply.ts')).apply,
  define: (command) =>
    withFile(
      withChange(
        command.description('load the forwards into the kernel, in one transaction').argument('[file]', FILE_OR_STDIN),
      )
        .addOption(
          new Option(
            '--adopt',
            'replace a table inet portfwd that portfwd did not create; a copy of it is kept in the state directory',
          ).conflicts('confirm'),
        )
        .option(
          '--try',
          'first do what portfwd try does, and load the forwards only if all connections go as expected',
        ),
    ).addHelpText(
      'after',
      examples(
        'portfwd apply',
        'portfwd apply --try',
        'portfwd apply --dry-run ./forwards.yaml',
        'portfwd apply --confirm 60',
        'generate-forwards | portfwd apply -',
        'portfwd apply --confirm 5m --detach && portfwd confirm',
      ),
    ),
};

const down: Definition = {
  name: 'down',
  load: async () => (await import('../commands/down.ts')).down,
  define: (command) =>
    withState(
      command
        .description('remove all forwards from the kernel; the file is not changed')
        .option('--purge', 'also remove everything else that portfwd wrote on this host: boot files, history, state'),
    ).addHelpText('after', examples('portfwd down', 'portfwd down --purge')),
};

export const change: Group = {
  title: 'Change the forwards:',
  commands: [init, add, remove, set, edit, apply, down],
};
