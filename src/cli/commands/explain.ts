import { lower } from '../../lower/lower.ts';
import { isInterface as isInterfaceName } from '../../model/interface-name.ts';
import { simulate } from '../../simulate/simulate.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { faultOnHost, parseEnds, type ExplainOptions } from '../../explain/ends.ts';
import { outcomeOf } from '../../explain/outcome.ts';
import { explanationJson, formatExplanation } from '../format/explanation.ts';
import { hostRoute, packetOf } from '../../explain/packet.ts';
import { loadModel, reportFindings } from '../../apply/read-model.ts';
import type { StateOptions, World } from '../../apply/context.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { readFacts } from '../../apply/read-on-host.ts';

interface Options extends ExplainOptions, ConfigOptions, StateOptions {}

export async function explain(file: string | undefined, options: Options, world: World): Promise<ExitCode> {
  const ends = parseEnds(options);
  if (typeof ends === 'string') return mistake(ends, world);
  const loaded = await loadModel(configPath(file, options, world), readFacts(options, world), world);
  const { model, facts, locate } = loaded;
  if (model === undefined) {
    reportFindings(loaded, options.json === true, world);
    return EXIT.findings;
  }
  const fault = faultOnHost(ends, options, facts, (name) => isInterface(name, world));
  if (fault !== undefined) return mistake(fault, world);
  const route = hostRoute(facts);
  const packet = packetOf(ends, options, facts, route);
  const simulation = simulate(lower(model, facts), packet, route);
  const outcome = outcomeOf(model, facts, packet, simulation);
  const print = options.json === true ? explanationJson : formatExplanation;
  world.out(print({ file: loaded.file, packet, simulation, outcome, lineOf: (path) => locate({ path }).line }));
  return outcome.kind === 'applies' ? EXIT.ok : EXIT.findings;
}

function mistake(text: string, world: World): ExitCode {
  world.err(`error: ${text}\n`);
  return EXIT.usage;
}

/** The kernel keeps settings of every interface, and under these two names those of all and of new ones. */
const isInterface = (name: string, { host }: World): boolean =>
  !['all', 'default'].includes(name) &&
  isInterfaceName(name) &&
  host.sysctl.read(`net/ipv4/conf/${name}/forwarding`) !== undefined;
