import { lower } from '../../../lower/lower.ts';
import { isInterface as isInterfaceName } from '../../../model/interface-name.ts';
import { awayText, targetsAway } from '../../../model/routing/target-away.ts';
import type { Forward } from '../../../model/model.ts';
import type { ModelPath } from '../../../finding/finding.ts';
import { MAIN, partPath } from '../../../parts/parts.ts';
import { forwardStates } from '../../../status/forwards.ts';
import { ifKnown } from '../../../status/if-known.ts';
import { compareKernel, type TableState } from '../../../status/kernel.ts';
import type { HostFacts } from '../../../model/host-facts.ts';
import { isFound } from '../../../model/routing/route-lookup.ts';
import { asRouted } from '../../../model/routing/routes.ts';
import type { PacketMarks } from '../../../diagnose/marks/packet-marks.ts';
import type { Packet } from '../../../simulate/packet.ts';
import { simulate, type Simulation } from '../../../simulate/simulate.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import { arrivingOn } from '../../../explain/arrival.ts';
import { faultOnHost, parseEnds, type Ends, type ExplainOptions } from '../../../explain/ends.ts';
import { outcomeOf } from '../../../explain/outcome.ts';
import { explanationJson, formatExplanation, type Way } from '../../format/explanation.ts';
import type { LineOf } from '../../format/trace/trace.ts';
import { hostRoute, packetOf } from '../../../explain/packet.ts';
import { doubtsAboutRules } from '../../../explain/unknown-rules.ts';
import type { Desired } from '../../../apply/change.ts';
import { asLoaded } from '../../../apply/read/enable-forwarding.ts';
import { readModel, type ReadFacts } from '../../../apply/read/read-model.ts';
import { clientWarnings } from '../../../apply/read/client-warnings.ts';
import { readFacts } from '../../../apply/read/read-on-host.ts';
import { configPath, type ConfigOptions } from '../../options.ts';
import { askReplies, askWays, routeWith, type AskedRoute } from '../../kernel/ask-routes.ts';
import { readPacketMarks, UNMARKED, withMark } from '../../kernel/packet-marks.ts';
import { printFindings } from '../../print-findings.ts';
import type { Session } from '../../session.ts';
import { usageError } from '../../usage-error.ts';

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
  const routed = packetOf(ends, options, facts, route);
  const arriving =
    routed.iifname === undefined ? undefined : arrivingOn(routed.iifname, ends.destination, links, facts);
  // Without --interface, the route to the client is a guess.
  if (typeof arriving === 'string' && options.interface !== undefined) return usageError(arriving, session);
  const arrival = typeof arriving === 'string' ? undefined : arriving;
  const packet = arrival === undefined ? routed : { ...routed, iifname: arrival.interface };
  const ruleset = lower(model, facts);
  const first = simulate(ruleset, packet, route);
  const applies = outcomeOf(model, facts, packet, first).kind === 'applies';
  const marks = applies ? await marksFor(ends, packet, first, facts, session) : UNMARKED;
  const ways = applies ? await askWays(packet, first, facts, marks ?? UNMARKED, session) : [];
  const follow = (one: AskedRoute | undefined): Followed => {
    const simulation = simulate(ruleset, packet, routeWith(route, one));
    const seen = factsFor(one, facts);
    return { asked: one, simulation, outcome: outcomeOf(model, seen, packet, simulation), facts: seen };
  };
  const main = follow(ways[0]);
  const others = ways.slice(1).map(follow);
  const followed = [main, ...others].map((one) => one.simulation);
  // Also if the way in is not known, as when this host has no route to the client.
  const asks = applies && facts.lookups !== undefined;
  const replies = asks ? await askReplies(packet, followed, facts, marks ?? UNMARKED, session) : [];
  const { simulation, outcome } = main;
  const print = session.json ? explanationJson : formatExplanation;
  const lineOf: LineOf = (path) => locate({ path }).line;
  const fileOf = (path: ModelPath): string => partPath(read.file, locate({ path }).part ?? MAIN);
  const away =
    outcome.kind === 'applies' && !simulation.local && targetsAway(main.facts, links)(simulation.destination.address);
  const keepsClient = outcome.kind === 'applies' && packet.path === 'incoming' && !simulation.masqueraded && !away;
  const warned =
    outcome.kind === 'applies' && packet.path === 'incoming'
      ? await clientWarnings(model, outcome.forward, packet, others.length === 0 ? main.facts : facts, session)
      : { warnings: [], doubts: [] };
  const notes = {
    arrival: arrival?.note,
    away: away ? awayText(away) : undefined,
    warnings: warned.warnings,
    doubts: [
      ...(keepsClient ? warned.doubts : []),
      ...(outcome.kind === 'applies' ? doubtsAboutRules(packet, simulation, facts) : []),
    ],
  };
  const loaded =
    outcome.kind === 'applies' ? await loadedState({ ...read, model }, outcome.forward, session) : undefined;
  const known = { loaded, marks: marks?.forward, ruleMarks: facts.ruleMarks ?? [], others, replies, fileOf };
  session.write(print({ file: read.file, packet, notes, ...main, ...known, lineOf, fileOf }));
  return outcome.kind === 'applies' ? EXIT.ok : EXIT.findings;
}

/** Undefined without the rights to ask the kernel. */
async function loadedState(desired: Desired, forward: Forward, session: Session): Promise<TableState | undefined> {
  const kernel = await ifKnown(compareKernel(desired, session));
  return kernel && forwardStates(kernel)(forward);
}

const marksFor = async (
  { mark }: Ends,
  packet: Packet,
  first: Simulation,
  facts: HostFacts,
  session: Session,
): Promise<PacketMarks | undefined> => {
  const found = await readPacketMarks(packet, first, facts, session);
  return mark === undefined ? found : withMark(mark, found);
};

interface Followed extends Way {
  readonly facts: HostFacts;
}

/** Packets with a mark, or to a port, can take another route than the facts say. */
function factsFor(way: AskedRoute | undefined, facts: HostFacts): HostFacts {
  const { query, lookup } = way ?? {};
  const isOther = (query?.mark ?? query?.service) !== undefined && isFound(lookup);
  return isOther && query !== undefined ? asRouted(facts, { [query.to]: lookup }) : { ...facts, marked: undefined };
}

/** The kernel is also asked for the routes to the ends of the connection. */
const factsWith = ({ source, destination }: Ends, session: Session): ReadFacts<HostFacts> =>
  readFacts(session, [destination, ...(source === undefined ? [] : [source])]);

/** The kernel has a directory of settings for each interface; `all` and `default` are not interfaces. */
const isInterface = (name: string, { host }: Session): boolean =>
  !['all', 'default'].includes(name) &&
  isInterfaceName(name) &&
  host.sysctl.read(`net/ipv4/conf/${name}/forwarding`) !== undefined;
