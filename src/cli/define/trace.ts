import { InvalidArgumentError } from 'commander';
import { withFile } from '../options.ts';
import { examples, type Definition } from './definition.ts';

export const trace: Definition = {
  name: 'trace',
  load: async () => (await import('../commands/diagnose/trace.ts')).trace,
  define: (command) =>
    withFile(
      command
        .description(
          'follow the next connections to a forward through the kernel: each rule that decides, what NAT rewrites, who drops them, and whether an answer comes back; changes no packet; exit 1 unless all are answered',
        )
        .summary('follow the next connections to a forward through the kernel')
        .argument('<forward>', 'its name, or one of its listens')
        .option('--from <prefix>', 'only connections of this client, an address or a prefix')
        .option('--count <number>', 'end after so many connections', numberUpTo(MOST_CONNECTIONS), 3)
        .option('--seconds <number>', 'end after so many seconds', numberUpTo(MOST_SECONDS), 30),
    ).addHelpText(
      'after',
      examples(
        'portfwd trace web',
        'portfwd trace 6000 --from 198.51.100.7 --count 1',
        'portfwd trace dns --seconds 300 --json',
      ),
    ),
};

const MOST_CONNECTIONS = 1000;
const MOST_SECONDS = 3600;

const numberUpTo =
  (most: number) =>
  (text: string): number => {
    const number = /^\d{1,4}$/.test(text) ? Number(text) : 0;
    if (number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`Write a number from 1 to ${most}.`);
  };
