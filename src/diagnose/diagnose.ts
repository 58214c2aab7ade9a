import type { Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import { targetsAway } from '../model/routing/target-away.ts';
import { diagnoseAddressAbsent, diagnoseInterfaceAbsent, diagnoseInterfaceWithoutAddress } from './absent.ts';
import { diagnoseBridgeHairpin } from './bridge-hairpin.ts';
import { readChains } from './firewall/chains.ts';
import { hostBindingsOf } from './binding.ts';
import { diagnoseEphemeralOverlap } from './ephemeral-overlap.ts';
import { diagnoseForwardDropped, diagnoseInputDropped } from './dropped.ts';
import { diagnoseListenerCovered } from './listener-covered.ts';
import { diagnoseNarrowTarget } from './narrow-target.ts';
import { diagnoseNatChainRival } from './nat-chain-rival.ts';
import type { Observations } from './observations.ts';
import { diagnoseReceiving } from './receiving.ts';
import { diagnoseDefaultRoute } from './replies/default-route.ts';
import { diagnoseOneArmed } from './replies/one-armed.ts';
import { diagnoseSecondUplink } from './replies/second-uplink.ts';
import { diagnoseTunnel } from './replies/tunnel.ts';
import { diagnoseRouting } from './routing.ts';
import { diagnoseRpFilter } from './rp-filter.ts';
import { diagnoseSessionCovered } from './session-covered.ts';
import { diagnoseTargetAway } from './target-away.ts';
import { diagnoseTargetSilent } from './target-silent.ts';
import { diagnoseVrf } from './vrf.ts';

/**
 * Conflicts between the forwards of a checked model and the present state of the host. A part of the state that could
 * not be read has no findings. `kept` are the forwards that were kept last: what they hide already is only warned of.
 */
export function diagnose(model: Model, facts: HostFacts, observations: Observations, kept?: Model): Finding[] {
  const bindings = hostBindingsOf(model, facts);
  const before = kept === undefined ? [] : hostBindingsOf(kept, facts);
  const chains = readChains(observations.tables ?? []);
  const awayOf = targetsAway(facts, observations.links);
  // The route that counts now is not the one that the target has when its interface is there.
  const reached = bindings.filter(
    ({ forward, local }) => local || (awayOf(forward.target.address)?.kind ?? 'link') === 'link',
  );
  return [
    ...diagnoseSessionCovered(bindings, observations, before),
    ...diagnoseListenerCovered(bindings, observations, before),
    ...diagnoseNatChainRival(bindings, chains, model.priority),
    ...diagnoseForwardDropped(bindings, chains),
    ...diagnoseInputDropped(bindings, chains),
    ...diagnoseInterfaceAbsent(bindings, observations),
    ...diagnoseInterfaceWithoutAddress(bindings, observations, facts),
    ...diagnoseReceiving(bindings, observations, facts),
    ...diagnoseVrf(bindings, observations, facts),
    ...diagnoseAddressAbsent(bindings, facts),
    ...diagnoseEphemeralOverlap(bindings, observations),
    ...diagnoseBridgeHairpin(bindings, observations),
    ...diagnoseRpFilter(bindings, observations, facts),
    ...diagnoseDefaultRoute(reached, facts, observations),
    ...diagnoseOneArmed(reached, facts, observations),
    ...diagnoseTunnel(reached, facts, observations),
    ...diagnoseSecondUplink(reached, facts, observations),
    ...diagnoseTargetAway(bindings, awayOf),
    ...diagnoseTargetSilent(bindings, observations),
    ...diagnoseNarrowTarget(reached, observations, facts),
    ...diagnoseRouting(model, facts),
  ];
}
