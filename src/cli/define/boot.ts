import type { Command } from 'commander';
import { FILE, withFile, withState } from '../options.ts';
import { examples, type Definition, type Group } from './definition.ts';

const enable: Definition = {
  name: 'enable',
  load: async () => (await import('../commands/enable.ts')).enable,
  define: (command) =>
    withFile(
      withRoot(
        command
          .description(
            'load the forwards at boot; first, portfwd tests that they load together with the nftables main file',
          )
          .summary('load the forwards at boot')
          .argument('[file]', FILE)
          .option('--print', 'show every file that would be written, and write nothing')
          .option('--enable-forwarding', 'as for apply --enable-forwarding'),
      ).option(
        '--host-facts <file|live>',
        'with --root: addresses and routes of that host, as portfwd facts prints them',
      ),
    ).addHelpText(
      'after',
      examples(
        'portfwd enable',
        'portfwd enable --print',
        'portfwd enable --root /mnt --host-facts gateway.json ./forwards.yaml',
      ),
    ),
};

const disable: Definition = {
  name: 'disable',
  load: async () => (await import('../commands/disable.ts')).disable,
  define: (command) =>
    withState(
      withRoot(
        command
          .description('remove what enable wrote; forwards that are loaded now stay loaded')
          .summary('remove what enable wrote'),
      ),
    ).addHelpText('after', examples('portfwd disable', 'portfwd disable --root /mnt')),
};

const withRoot = (command: Command): Command =>
  command.option('--root <dir>', 'root directory of another host, such as an image; its state is kept inside');

export const boot: Group = { title: 'Load at boot:', commands: [enable, disable] };
