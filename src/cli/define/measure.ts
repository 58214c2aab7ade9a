import { InvalidArgumentError } from 'commander';
import { withState } from '../options.ts';
import { examples, type Definition } from './definition.ts';

export const stats: Definition = {
  name: 'stats',
  load: async () => (await import('../commands/stats.ts')).stats,
  define: (command) =>
    withState(
      command
        .description('show how much each loaded forward is used: connections, clients and bytes')
        .argument('[forward...]', 'names or listens of forwards (default: all)')
        .optionsGroup('Options:')
        .option('--clients', 'show which clients have connections open now')
        .option('--watch [seconds]', 'print again and again, with rates (default: every 2 seconds)', parsePause),
    ).addHelpText('after', examples('portfwd stats', 'portfwd stats web --clients', 'portfwd stats --watch 5 --json')),
};

function parsePause(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.2 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('Write seconds, 0.2 to 3600.');
}
