import { asLoaded } from '../../../apply/read/enable-forwarding.ts';
import { readModel, type ReadModel } from '../../../apply/read/read-model.ts';
import { readFacts } from '../../../apply/read/read-on-host.ts';
import { emitJson } from '../../../emit/json.ts';
import { hostRoute } from '../../../explain/packet.ts';
import { Failure } from '../../../failure/failure.ts';
import { lower } from '../../../lower/lower.ts';
import type { HostFacts } from '../../../model/host-facts.ts';
import { isLocal } from '../../../model/host-facts.ts';
import { enabledForwards, type Forward, type Model } from '../../../model/model.ts';
import { EXIT, type ExitCode } from '../../../report/exit-code.ts';
import { expectationsOf, servicesOf, type Expected } from '../../../tryout/expectation.ts';
import { probesOf, type NotTried } from '../../../tryout/probes.ts';
import { setupOf } from '../../../tryout/setup.ts';
import { faultOf, type Answer } from '../../../tryout/verdict.ts';
import { worldOf, type World } from '../../../tryout/world.ts';
import { formatTrial, trialJson, type Tried } from '../../format/try.ts';
import { configPath, type ConfigOptions, type ModelSource } from '../../options.ts';
import { printFindings } from '../../print-findings.ts';
import type { Session } from '../../session.ts';
import { factsFor } from '../compile.ts';

interface Options extends ConfigOptions {
  readonly hostFacts?: string;
}

export async function tryForwards(file: string | undefined, options: Options, session: Session): Promise<ExitCode> {
  const read = await readFor(file, options, session);
  printFindings(read, session);
  const tried = await tryRead(read, options, session);
  if (tried === undefined) return EXIT.findings;
  session.print(trialJson(tried), () => formatTrial(tried));
  return wentWell(tried) ? EXIT.ok : EXIT.findings;
}

/** Before `apply`, which prints the findings: prints only a trial that went wrong. */
export async function trySucceeds({ file, text }: ModelSource, session: Session): Promise<boolean> {
  const tried = await tryRead(await readModel(file, readFacts(session), session.host, text), {}, session);
  if (tried === undefined || wentWell(tried)) return true;
  session.print({ ...trialJson(tried), applied: false }, () => `${formatTrial(tried)}nothing was loaded\n`);
  return false;
}

const wentWell = ({ results }: Tried): boolean => results.every(({ fault }) => fault === undefined);

const readFor = async (
  file: string | undefined,
  { hostFacts = 'live', ...options }: Options,
  session: Session,
): Promise<ReadModel<HostFacts | undefined>> =>
  readModel(
    configPath(file, options, session),
    hostFacts === 'live' ? readFacts(session) : factsFor(hostFacts, session),
    session.host,
  );

/** Undefined if the file has errors. */
async function tryRead(
  read: ReadModel<HostFacts | undefined>,
  { hostFacts = 'live' }: Options,
  session: Session,
): Promise<Tried | undefined> {
  const { model, facts } = read;
  if (model === undefined || facts === undefined) return undefined;
  // As apply would load it here: also with an earlier --enable-forwarding.
  const loaded = hostFacts === 'live' ? await asLoaded({ ...read, model }, undefined, session) : { model };
  return tryModel(loaded.model, facts, session);
}

const MOST = 500;

async function tryModel(model: Model, facts: HostFacts, session: Session): Promise<Tried> {
  const forwards = enabledForwards(model);
  if (forwards.length > MOST)
    throw new Failure(
      'many-forwards',
      `${forwards.length} forwards are too many to try, which takes at most ${MOST}`,
      'try a file with some of them: portfwd try FILE',
    );
  if (forwards.length === 0) return { forwards, notTried: [], results: [] };
  const possible = session.host.hasIpv6() ? forwards : forwards.filter(({ family }) => family === 'ip');
  const world = worldOf(possible, session.host.hasIpv6() ? facts : withoutIpv6(facts), hostRoute(facts));
  const planned = probesOf(possible, world);
  const notTried = [
    ...forwards.filter((forward) => !possible.includes(forward)).map(noIpv6),
    ...planned.filter((one): one is NotTried => 'why' in one),
  ];
  const probes = planned.flatMap((one) => ('why' in one ? [] : [one]));
  const ruleset = lower(model, facts);
  const expected = expectationsOf(probes, ruleset, world, hostRoute(facts));
  const services = servicesOf(expected);
  const answers = await session.host.tryInNamespaces({
    program: session.program,
    ...setupOf(world, probes),
    ruleset: emitJson(ruleset).text,
    services: services.filter(({ address }) => isLocal(facts, address)),
    servicesBehind: world.links.map(({ targets }) => services.filter(({ address }) => targets.includes(address))),
    attempts: expected.map((one) => attemptOf(one, world)),
  });
  const results = expected.map((one, at) => ({ ...one, fault: faultOf(one, answers[at] as Answer | null, facts) }));
  return { forwards, notTried, results };
}

const withoutIpv6 = (facts: HostFacts): HostFacts => ({
  ...facts,
  addresses: facts.addresses.filter(({ address }) => !address.includes(':')),
});

const noIpv6 = (forward: Forward): NotTried => ({
  forward,
  path: 'outside',
  why: 'the kernel of this host has no IPv6',
});

function attemptOf({ probe: { path, link, packet }, expectation }: Expected, { links }: World) {
  const { protocol, source, destination, destinationPort: port } = packet;
  const kind = path === 'target' ? ('targets' as const) : ('clients' as const);
  return {
    from: link === undefined ? undefined : { kind, link: links.indexOf(link) },
    isAnswered: expectation.kind === 'answer',
    probe: { protocol, source: link === undefined ? undefined : source, destination, port },
  };
}
