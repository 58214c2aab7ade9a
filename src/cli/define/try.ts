import { FILE, withFile } from '../options.ts';
import { examples, type Definition } from './definition.ts';

export const tryDefinition: Definition = {
  name: 'try',
  load: async () => (await import('../commands/diagnose/try.ts')).tryForwards,
  define: (command) =>
    withFile(
      command
        .description(
          'send real packets through every forward, in network namespaces that have the addresses of this host; changes nothing, needs no root; exit 1 if a connection does not go as expected',
        )
        .summary('send real packets through the forwards, in namespaces')
        .argument('[file]', FILE)
        .option(
          '--host-facts <file|live>',
          'try it for another host: a file that portfwd facts wrote there (default: live)',
        ),
    ).addHelpText(
      'after',
      examples('portfwd try', 'portfwd try ./forwards.yaml', 'portfwd try --host-facts gateway.json --json'),
    ),
};
