import type { Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import { diagnoseAddressAbsent, diagnoseInterfaceAbsent } from './absent.ts';
import { diagnoseBridgeHairpin } from './bridge-hairpin.ts';
import { readChains } from './firewall/chains.ts';
import { claimsOf } from './binding.ts';
import { diagnoseEphemeralOverlap } from './ephemeral-overlap.ts';
import { diagnoseForwardDropped, diagnoseInputDropped } from './dropped.ts';
import { diagnoseListenerCovered } from './listener-covered.ts';
import { diagnoseNatChainRival } from './nat-chain-rival.ts';
import type { Observations } from './observations.ts';
import { diagnoseReturnPath } from './return-path.ts';
import { diagnoseRpFilter } from './rp-filter.ts';
import { diagnoseSessionCovered } from './session-covered.ts';

/** What the host's present state does to the forwards of a checked model, and they to it. Says only what it knows. */
export function diagnose(model: Model, facts: HostFacts, observations: Observations): Finding[] {
  const claims = claimsOf(model, facts);
  const chains = readChains(observations.tables ?? []);
  return [
    ...diagnoseSessionCovered(claims, observations),
    ...diagnoseListenerCovered(claims, observations),
    ...diagnoseNatChainRival(claims, chains, model.priority),
    ...diagnoseForwardDropped(claims, chains),
    ...diagnoseInputDropped(claims, chains),
    ...diagnoseInterfaceAbsent(claims, observations),
    ...diagnoseAddressAbsent(claims, facts),
    ...diagnoseEphemeralOverlap(claims, observations),
    ...diagnoseBridgeHairpin(claims, observations),
    ...diagnoseRpFilter(claims, observations, facts),
    ...diagnoseReturnPath(claims, facts),
  ];
}
