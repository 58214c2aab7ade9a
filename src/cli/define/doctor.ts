import { withFile } from '../options.ts';
import { examples, type Definition } from './definition.ts';

export const doctor: Definition = {
  name: 'doctor',
  load: async () => (await import('../commands/diagnose/doctor.ts')).doctor,
  define: (command) =>
    withFile(
      command
        .description(
          'find out why a forward does not work: follows its way through this host to the target, and says what to fix first; exit 1 if there is a fault',
        )
        .summary('find out why a forward does not work, and what to fix first')
        .argument('[forward...]', 'names or listens of forwards (default: all)')
        .optionsGroup('Options:')
        .option('--no-probe', 'send nothing to the targets (default: one connection to the first port of each)'),
    ).addHelpText('after', examples('portfwd doctor', 'portfwd doctor web', 'portfwd doctor --json --no-probe')),
};
