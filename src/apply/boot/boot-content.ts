import type { BootContent, BootRouting } from '../../boot/boot-plan.ts';
import { countersText } from '../../counters/table.ts';
import { emitJson } from '../../emit/json.ts';
import { emitText } from '../../emit/text.ts';
import { targetLinks } from '../../lower/guard/forward-guard.ts';
import { lowerGuardTable } from '../../lower/guard/guard-table.ts';
import { lower } from '../../lower/lower.ts';
import { forwardedByOthers, withForwarding } from '../../model/routing/forwarding-at-boot.ts';
import { forwardingByUs } from '../../model/routing/forwarding.ts';
import type { BootRecord } from '../../host/boot/record.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Family, type Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { withGuards } from '../sysctls/guards.ts';
import { requiredSysctls, type SysctlValue } from '../sysctls/required.ts';
import { enabledIfReadable } from './enabled-here.ts';
import type { BootTarget } from './target.ts';
import { udpListens } from './udp-listens.ts';

/** What is loaded at boot. */
export interface Bootable {
  readonly model: Model;
  /** Undefined: nothing is known of the host. */
  readonly facts: HostFacts | undefined;
  readonly required: readonly SysctlValue[];
  /** The model has `forwarding: enable` because of --enable-forwarding. */
  readonly enableForwarding: boolean;
}

/** If the boot finds forwarding off that another program turns on now. */
export type IfOff = NonNullable<BootRecord['ifOff']>;

export interface MarkedContent {
  readonly content: BootContent;
  /** Of the ruleset. */
  readonly marker: string;
  readonly ifOff: IfOff | undefined;
}

export function bootContent(bootable: Bootable, target: BootTarget, ctx: Context): MarkedContent {
  const { model, facts } = bootable;
  const remembered = target.root === '' ? (enabledIfReadable(ctx)?.ifOff?.families ?? []) : [];
  const families = facts === undefined ? [] : forwardedByOthers(model, facts, remembered);
  const ifOn = families.length === 0 ? bootable : forwarding(bootable, families, true, target, ctx);
  const base = routing(ifOn);
  const ifOff = subsets(families).map((some) => ({
    ...routing(forwarding(ifOn, some, false, target, ctx)),
    families: some,
  }));
  return {
    content: {
      ...base,
      ifOff,
      udpListens: udpListens(model, facts),
      counters: model.counters
        ? { text: countersText(enabledForwards(model), []), directory: target.countersDirectory }
        : undefined,
      savedSysctlsPath: target.savedSysctlsPath,
    },
    marker: base.marker,
    ifOff: families.length === 0 ? undefined : { families, markers: ifOff.map(({ marker }) => marker) },
  };
}

/** A tree is that of a host that is not running. */
function forwarding(
  bootable: Bootable,
  families: readonly Family[],
  isOn: boolean,
  { root }: BootTarget,
  { host: { sysctl }, state }: Context,
): Bootable {
  if (bootable.facts === undefined) return bootable;
  const facts = withForwarding(bootable.facts, families, isOn);
  const required =
    root === ''
      ? requiredSysctls(bootable.model, facts, sysctl.readSaved(state.runtimeDir), sysctl.read)
      : requiredSysctls(bootable.model, facts, {}, () => undefined);
  return { ...bootable, facts, required };
}

function routing({ model, facts, required }: Bootable): BootRouting & { readonly marker: string } {
  const ruleset = lower(model, facts);
  const families = facts === undefined ? [] : forwardingByUs(model, facts);
  return {
    ruleset: emitText(ruleset),
    marker: emitJson(ruleset).marker,
    sysctls: withGuards(required),
    guardTable:
      facts && families.length > 0 ? emitText(lowerGuardTable(families, facts, targetLinks(model, facts))) : undefined,
  };
}

const subsets = (families: readonly Family[]): Family[][] =>
  families.length < 2 ? families.map((family) => [family]) : [...families.map((family) => [family]), [...families]];
