import type { Finding } from '../finding/finding.ts';
import { isPossible, type HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import { targetsAway, type AwayOf } from '../model/routing/target-away.ts';
import { diagnoseAddressAbsent, diagnoseInterfaceAbsent, diagnoseInterfaceWithoutAddress } from './absent.ts';
import { diagnoseBridgeHairpin } from './bridge-hairpin.ts';
import { readChains } from './firewall/chains.ts';
import { hostBindingsOf, type HostBinding } from './binding.ts';
import { diagnoseEphemeralOverlap } from './ephemeral-overlap.ts';
import { diagnoseForwardDropped, diagnoseInputDropped } from './dropped.ts';
import { diagnoseIpv6Off } from './ipv6-off.ts';
import { diagnoseListenerCovered } from './covered/listener-covered.ts';
import { diagnoseNarrowTarget } from './narrow-target.ts';
import { splitByWay, type BindingsOnWay } from './marks/split-by-way.ts';
import { diagnoseNatChainRival } from './nat-chain-rival.ts';
import type { Observations } from './observations.ts';
import { diagnoseReceiving } from './receiving.ts';
import { diagnoseDefaultRoute } from './replies/default-route.ts';
import { diagnoseOneArmed } from './replies/one-armed.ts';
import { diagnoseSecondUplink } from './replies/second-uplink.ts';
import { diagnoseTunnel } from './replies/tunnel.ts';
import { diagnoseRouting } from './routing.ts';
import { diagnoseRpFilter } from './rp-filter.ts';
import { diagnoseSessionCovered } from './covered/session-covered.ts';
import { diagnoseTargetAway } from './target-away.ts';
import { diagnoseTargetSilent } from './target-silent.ts';
import { diagnoseVrf } from './vrf.ts';

/**
 * Conflicts between the forwards of a checked model and the present state of the host. A part of the state that could
 * not be read has no findings. `kept` are the forwards that were kept last: what they hide already is only warned of.
 */
export function diagnose(model: Model, facts: HostFacts, observations: Observations, kept?: Model): Finding[] {
  const all = hostBindingsOf(model, facts);
  const bindings = all.filter(({ forward }) => isPossible(forward, facts));
  const before = kept === undefined ? [] : hostBindingsOf(kept, facts);
  const chains = readChains(observations.tables ?? []);
  const ways = splitByWay(model, bindings, facts).map((way) => ({ ...way, ...reachedOn(way, observations) }));
  const onEach = (find: (way: (typeof ways)[number]) => Finding[]): Finding[] =>
    ways.flatMap((way) => find(way).map((finding) => ({ ...finding, message: `${way.prefix}${finding.message}` })));
  return [
    ...diagnoseIpv6Off(all, facts),
    ...diagnoseSessionCovered(bindings, observations, before),
    ...diagnoseListenerCovered(bindings, observations, before),
    ...diagnoseNatChainRival(bindings, chains, model.priority),
    ...onEach((way) => diagnoseForwardDropped(way.bindings, chains)),
    ...diagnoseInputDropped(bindings, chains),
    ...diagnoseInterfaceAbsent(bindings, observations),
    ...diagnoseInterfaceWithoutAddress(bindings, observations, facts),
    ...diagnoseReceiving(bindings, observations, facts),
    ...diagnoseVrf(bindings, observations, facts),
    ...diagnoseAddressAbsent(bindings, facts),
    ...diagnoseEphemeralOverlap(bindings, observations),
    ...onEach((way) => diagnoseBridgeHairpin(way.bindings, observations)),
    ...diagnoseRpFilter(bindings, observations, facts),
    ...onEach((way) => diagnoseDefaultRoute(way.reached, observations)),
    ...onEach((way) => diagnoseOneArmed(way.reached, way.facts, observations)),
    ...onEach((way) => diagnoseTunnel(way.reached, way.facts, observations)),
    ...diagnoseSecondUplink(
      ways.flatMap(({ reached }) => reached),
      facts,
      observations,
    ),
    ...onEach((way) => diagnoseTargetAway(way.bindings, way.awayOf)),
    ...diagnoseTargetSilent(bindings, observations),
    ...onEach((way) => diagnoseNarrowTarget(way.reached, observations, way.facts)),
    ...diagnoseRouting(model, facts),
  ];
}

/** The route that counts now is not the one that the target has when its interface is there. */
function reachedOn(
  { bindings, facts }: Pick<BindingsOnWay, 'bindings' | 'facts'>,
  { links }: Observations,
): { readonly awayOf: AwayOf; readonly reached: readonly HostBinding[] } {
  const awayOf = targetsAway(facts, links);
  const isReached = ({ forward, local, routes }: HostBinding): boolean =>
    local || (awayOf(forward.target.address, routes)?.kind ?? 'link') === 'link';
  return { awayOf, reached: bindings.filter(isReached) };
}
