import { claimsPort } from '../diagnose/claim.ts';
import { diagnose } from '../diagnose/diagnose.ts';
import { isError, type Finding } from '../finding/finding.ts';
import { TABLE } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import type { World } from './world.ts';

/** What the host's present state does to these forwards. Works without rights too, and then knows less. */
export async function hostFindings(model: Model, facts: HostFacts, { host, env }: World): Promise<Finding[]> {
  return diagnose(model, facts, await host.readObservations({ ours: TABLE, wants: claimsPort(model), env }));
}

/** What is refused otherwise, and said all the same: under --force, and where nothing is loaded. */
export const asWarning = (finding: Finding): Finding =>
  isError(finding) ? { ...finding, severity: 'warning' } : finding;
