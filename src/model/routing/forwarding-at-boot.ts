import type { HostFacts } from '../host-facts.ts';
import type { Family, Model } from '../model.ts';
import { forwardingByUs } from './forwarding.ts';

const FAMILIES = ['ip', 'ip6'] as const;

/**
 * The families that another program forwards now, so portfwd did not have to turn forwarding on. After a boot that program
 * may not run, or not yet. `remembered`: those for which this was so when the boot files were first written.
 */
export function forwardedByOthers(model: Model, facts: HostFacts, remembered: readonly Family[]): Family[] {
  const ours = forwardingByUs(model, facts);
  return forwardingByUs(model, withForwarding(facts, FAMILIES, false)).filter(
    (family) => !ours.includes(family) || remembered.includes(family),
  );
}

/** The host as it is if other programs turn forwarding on, or off, on every interface. */
export const withForwarding = (facts: HostFacts, families: readonly Family[], isOn: boolean): HostFacts => {
  const values = Object.fromEntries(families.map((family) => [family, isOn]));
  const { interfaces } = facts.forwarding;
  return {
    ...facts,
    forwarding: {
      ...facts.forwarding,
      ...values,
      ...(interfaces && { interfaces: interfaces.map((entry) => ({ ...entry, ...values })) }),
    },
  };
};
