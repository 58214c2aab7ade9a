import { lower } from '../../lower/lower.ts';
import { isInterface as isInterfaceName } from '../../model/interface-name.ts';
import { awayText, targetsAway } from '../../model/routing/target-away.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { simulate } from '../../simulate/simulate.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { arrivingOn } from '../../explain/arrival.ts';
import { faultOnHost, parseEnds, type Ends, type ExplainOptions } from '../../explain/ends.ts';
import { outcomeOf } from '../../explain/outcome.ts';
import { explanationJson, formatExplanation } from '../format/explanation.ts';
import type { LineOf } from '../format/trace.ts';
import { hostRoute, packetOf } from '../../explain/packet.ts';
import { asLoaded } from '../../apply/read/enable-forwarding.ts';
import { readModel, type ReadFacts } from '../../apply/read/read-model.ts';
import { replyDoubts } from '../../apply/read/reply-doubts.ts';
import { readFacts } from '../../apply/read/read-on-host.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { askKernel, routeWith } from './ask-routes.ts';
import { printFindings } from '../print-findings.ts';
import type { Session } from '../session.ts';
import { usageError } from '../usage-error.ts';

interface Options extends ExplainOptions, ConfigOptions {}

export async function explain(file: string | undefined, options: Options, session: Session): Promise<ExitCode> {
  const ends = parseEnds(options);
  if (typeof ends === 'string') return usageError(ends, session);
  const read = await readModel(configPath(file, options, session), factsWith(ends, session), session.host);
  const { facts, locate } = read;
  if (read.model === undefined) {
    printFindings(read, session);
    return EXIT.findings;
  }
  const { model } = await asLoaded({ ...read, model: read.model }, undefined, session);
  const fault = faultOnHost(ends, options, facts, (name) => isInterface(name, session));
  if (fault !== undefined) return usageError(fault, session);
  const route = hostRoute(facts);
  const links = (await session.host.readLinks()) ?? [];
  const arriving = options.interface && arrivingOn(options.interface, ends.destination, links, facts);
  if (typeof arriving === 'string') return usageError(arriving, session);
  const packet = packetOf(ends, { ...options, ...arriving }, facts, route);
  const ruleset = lower(model, facts);
  const first = simulate(ruleset, packet, route);
  const asked =
    outcomeOf(model, facts, packet, first).kind === 'applies' ? await askKernel(packet, first, facts, session) : [];
  const simulation = simulate(ruleset, packet, routeWith(route, asked));
  const outcome = outcomeOf(model, facts, packet, simulation);
  const print = session.json ? explanationJson : formatExplanation;
  const lineOf: LineOf = (path) => locate({ path }).line;
  const away =
    outcome.kind === 'applies' && !simulation.local && targetsAway(facts, links)(simulation.destination.address);
  const keepsClient = outcome.kind === 'applies' && packet.path === 'incoming' && !simulation.masqueraded && !away;
  const doubts = keepsClient ? await replyDoubts(model, outcome.forward, packet, facts, session) : [];
  const notes = { arrival: arriving?.note, away: away ? awayText(away) : undefined, doubts };
  session.write(print({ file: read.file, packet, notes, simulation, asked, outcome, lineOf }));
  return outcome.kind === 'applies' ? EXIT.ok : EXIT.findings;
}

/** The kernel is also asked for the routes to the ends of the connection. */
const factsWith =
  ({ source, destination }: Ends, session: Session): ReadFacts<HostFacts> =>
  async (targets) =>
    readFacts(session)(
      targets.then((known) => [...new Set([...known, destination, ...(source === undefined ? [] : [source])])]),
    );

/** The kernel has a directory of settings for each interface; `all` and `default` are not interfaces. */
const isInterface = (name: string, { host }: Session): boolean =>
  !['all', 'default'].includes(name) &&
  isInterfaceName(name) &&
  host.sysctl.read(`net/ipv4/conf/${name}/forwarding`) !== undefined;
