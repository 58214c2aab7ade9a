import { readRoutingGuard } from '../../apply/read/routing-guard.ts';
import { askRoutes } from '../../apply/read/observe-replies.ts';
import { asLoaded } from '../../apply/read/enable-forwarding.ts';
import { OWN_TABLES } from '../../apply/read/own-tables.ts';
import { readModel, type ReadModel } from '../../apply/read/read-model.ts';
import { readFacts } from '../../apply/read/read-on-host.ts';
import type { Context } from '../../apply/context.ts';
import { concernsPort } from '../../diagnose/binding.ts';
import { readChains } from '../../diagnose/firewall/chains.ts';
import { caseOf } from '../../doctor/case.ts';
import type { Evidence } from '../../doctor/evidence.ts';
import { hostCauses, unknowns } from '../../doctor/host-causes.ts';
import { verdictOn, type Verdict } from '../../doctor/verdict.ts';
import type { Cause } from '../../doctor/cause.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Forward, type Model } from '../../model/model.ts';
import { ifKnown } from '../if-known.ts';
import { kernelState } from './kernel-state.ts';
import { lastChanges } from './last-changes.ts';
import { bootEvidence } from './boot-evidence.ts';
import { ipv6Off } from './ipv6-off.ts';
import { risesBetween } from '../../doctor/rises.ts';
import { askWays } from './ask-ways.ts';
import { probe } from './probe.ts';

export interface Examination {
  /** Send a packet to each target, and see whether it answers. */
  readonly isProbing: boolean;
  /** Selects the forwards that the user named. Undefined: all are selected. Throws a Failure if one does not exist. */
  readonly select: (forwards: readonly Forward[]) => readonly Forward[] | undefined;
  /** A command of portfwd with the options that select the same file and state. */
  readonly portfwd: (words: string) => string;
}

export interface Examined extends ReadModel<HostFacts> {
  /** None if the file has errors. */
  readonly verdicts: readonly ExaminedVerdict[];
  readonly host: readonly Cause[];
  /** What could not be looked at. */
  readonly unknown: readonly string[];
}

export interface ExaminedVerdict extends Verdict {
  /** How the forward was changed last, if it has a fault and the history tells. */
  readonly changed: string | undefined;
}

/** Follows each forward from the client to its target and back. Changes nothing. */
export async function examine(file: string, how: Examination, ctx: Context): Promise<Examined> {
  const read = await readModel(file, readFacts(ctx), ctx.host);
  if (read.model === undefined) return { ...read, verdicts: [], host: [], unknown: [] };
  const named = how.select(read.model.forwards);
  const { model } = await asLoaded({ ...read, model: read.model }, undefined, ctx);
  const wanted = new Set((named ?? read.model.forwards).map(({ name }) => name));
  const forwards = model.forwards.filter(({ name }) => wanted.has(name));
  const probed = forwards.filter(({ enabled }) => enabled || named !== undefined);
  const gathered = await gather({ ...read, model }, probed, how, ctx);
  const cases = forwards.map((forward) => caseOf(forward, gathered));
  const evidence = { ...gathered, ways: await askWays(cases, gathered, ctx.host) };
  const verdicts = cases.map((one) => verdictOn(one, named !== undefined, evidence));
  const changes = await lastChanges(
    verdicts.filter(({ judgement }) => judgement === 'fault').map(({ forward }) => forward),
    how.portfwd,
    ctx,
  );
  return {
    ...read,
    verdicts: verdicts.map((verdict) => ({ ...verdict, changed: changes.get(verdict.forward.name) })),
    host: hostCauses(evidence),
    unknown: unknowns(evidence),
  };
}

type Read = ReadModel<HostFacts> & { readonly model: Model };

async function gather(
  read: Read,
  probed: readonly Forward[],
  { isProbing, portfwd }: Examination,
  ctx: Context,
): Promise<Evidence> {
  const { host, env } = ctx;
  const { model, facts } = read;
  const [seen, asked, tables, early, kernel, flows, guard] = await Promise.all([
    host.readObservations({ ours: OWN_TABLES, wants: Promise.resolve(wantsPort(model)), env }),
    askRoutes(model, facts, host),
    ifKnown(host.readCountedTables(OWN_TABLES)),
    host.trace.earlyChains(),
    kernelState(read, portfwd, ctx),
    // Before the probes, whose own connections do not count.
    ifKnown(host.conntrack.dump()),
    ifKnown(readRoutingGuard(host.nft)),
  ]);
  const [probes, refusing, boot] = await Promise.all([
    isProbing ? probe(probed, host) : undefined,
    ifKnown(host.readRefusingRoutes()),
    bootEvidence(guard?.fromInside ?? 0, portfwd('enable'), ctx),
  ]);
  const chains = tables && readChains(tables);
  const counted = isProbing && tables !== undefined ? await ifKnown(host.readCountedTables(OWN_TABLES)) : undefined;
  return {
    model,
    facts: asked.facts,
    forwarding: host.readForwarding({}),
    seen: { ...seen, replies: asked.replies },
    chains,
    rises: chains === undefined || counted === undefined ? new Map() : risesBetween(chains, readChains(counted)),
    earlyChains: early,
    kernel,
    probes,
    // After the probes, since these make the kernel ask for the machines.
    neighbours: await ifKnown(host.readNeighbours()),
    refusing: refusing ?? [],
    ways: undefined,
    flows,
    tracking: tracking(host),
    ipv6Off: ipv6Off(seen.links?.map(({ name }) => name) ?? [], host),
    hasFailover: host.hasVrrp(),
    boot,
    portfwd,
  };
}

/** Also the services that targets of this host have. */
function wantsPort(model: Model): (protocol: 'tcp' | 'udp', port: number) => boolean {
  const isConcerned = concernsPort(model);
  const ranges = enabledForwards(model).flatMap(({ target, listens }) =>
    target.ports === undefined ? listens.map(({ ports }) => ports) : [target.ports],
  );
  return (protocol, port) =>
    isConcerned(protocol, port) || ranges.some(({ first, last }) => first <= port && port <= last);
}

function tracking({ sysctl }: Context['host']): Evidence['tracking'] {
  const [count, max] = ['count', 'max'].map((what) => Number(sysctl.read(`net/netfilter/nf_conntrack_${what}`)));
  return count !== undefined && max !== undefined && max > 0 ? { count, max } : undefined;
}
