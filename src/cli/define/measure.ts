import { InvalidArgumentError } from 'commander';
import { withState, withStateDirectory } from '../options.ts';
import { examples, type Definition } from './definition.ts';

export const stats: Definition = {
  name: 'stats',
  load: async () => (await import('../commands/measure/stats.ts')).stats,
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

export const top: Definition = {
  name: 'top',
  load: async () => (await import('../commands/measure/top.ts')).top,
  define: (command) =>
    withStateDirectory(
      command
        .description(
          'show how much each loaded forward is used, on the whole terminal, until q is pressed: rates, connections, clients and a short history',
        )
        .summary('show the rates of all forwards on the terminal, live')
        .optionsGroup('Options:')
        .option('--interval <seconds>', 'read again every so many seconds', parseInterval, 2),
    ).addHelpText('after', examples('portfwd top', 'portfwd top --interval 10')),
};

function parseInterval(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('Write seconds, 1 to 3600.');
}

function parsePause(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.2 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('Write seconds, 0.2 to 3600.');
}
