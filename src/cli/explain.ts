import { Option, type Command } from 'commander';
import { lower } from '../lower/lower.ts';
import { simulate } from '../simulate/simulate.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { packetOf, parseEnds, type ExplainOptions } from './explain-packet.ts';
import { outcomeOf } from './explain-outcome.ts';
import { explanationJson, formatExplanation } from './format-explanation.ts';
import { hostRoute } from './host-route.ts';
import { loadModel, reportFindings } from './load-model.ts';
import {
  configPath,
  examples,
  withConfig,
  withJson,
  withState,
  type ConfigOptions,
  type StateOptions,
} from './options.ts';
import { readFacts } from './read-facts.ts';
import type { World } from './world.ts';

interface Options extends ExplainOptions, ConfigOptions, StateOptions {}

export const explainCommand = (program: Command): Command =>
  withState(withJson(withConfig(program.command('explain'))))
    .description('tell what would become of a connection, rule by rule; sends nothing; exit 1 when no forward applies')
    .argument('[file]', 'the file with the forwards')
    .option('--from <address>', "who connects; left out, or an address of this host: the host's own connection")
    .requiredOption('--to <address:port>', 'where to')
    .addOption(new Option('--protocol <protocol>', 'of the connection').choices(['tcp', 'udp', 'sctp']).default('tcp'))
    .option('--interface <name>', 'where it comes in (default: where the sender is a neighbour)')
    .addHelpText(
      'after',
      examples(
        'portfwd explain --from 198.51.100.7 --to 203.0.113.1:6000',
        'portfwd explain --from 198.51.100.7 --to 203.0.113.1:53 --protocol udp --interface eth0',
        'portfwd explain --to 127.0.0.1:6000 ./forwards.yaml',
      ),
    );

export async function explain(file: string | undefined, options: Options, world: World): Promise<ExitCode> {
  const ends = parseEnds(options);
  if (typeof ends === 'string') {
    world.err(`error: ${ends}\n`);
    return EXIT.usage;
  }
  const loaded = await loadModel(configPath(file, options, world), readFacts(options, world), world);
  const { model, facts, locate } = loaded;
  if (model === undefined) {
    reportFindings(loaded, options.json === true, world);
    return EXIT.findings;
  }
  const route = hostRoute(facts);
  const packet = packetOf(ends, options, facts, route);
  const journey = simulate(lower(model, facts), packet, route);
  const outcome = outcomeOf(model, facts, packet, journey);
  const print = options.json === true ? explanationJson : formatExplanation;
  world.out(print({ file: loaded.file, packet, journey, outcome, lineOf: (path) => locate({ path }).line }));
  return outcome.kind === 'applies' ? EXIT.ok : EXIT.findings;
}
