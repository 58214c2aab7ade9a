import { type BootPlan, DROP_IN } from '../../boot/boot-plan.ts';
import { planBoot } from '../../boot/plan-boot.ts';
import { countersText } from '../../counters/table.ts';
import { emitJson } from '../../emit/json.ts';
import { emitText } from '../../emit/text.ts';
import { Failure } from '../../failure/failure.ts';
import type { Applied } from '../../host/state/applied.ts';
import { targetLinks } from '../../lower/guard/forward-guard.ts';
import { lowerGuardTable } from '../../lower/guard/guard-table.ts';
import { lower } from '../../lower/lower.ts';
import { forwardingByUs } from '../../model/routing/forwarding.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';
import type { BootStep } from '../change.ts';
import type { Context } from '../context.ts';
import { appliedModel } from '../read/last-applied.ts';
import { readFactsFor } from '../read/read-on-host.ts';
import { withGuards } from '../sysctls/guards.ts';
import { planSysctls } from '../sysctls/plan.ts';
import type { SysctlValue } from '../sysctls/required.ts';
import { enabledHere } from './enabled-here.ts';
import { thisHost, type BootTarget } from './target.ts';
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

/** Every file and link for boot. Reads only. Throws `boot-unsupported`. */
export function bootPlan(
  { model, facts, required }: Bootable,
  { root, savedSysctlsPath, countersDirectory }: BootTarget,
  { host }: Context,
): BootPlan {
  const families = facts === undefined ? [] : forwardingByUs(model, facts);
  const content = {
    ruleset: emitText(lower(model, facts)),
    sysctls: withGuards(required),
    guardTable:
      facts && families.length > 0 ? emitText(lowerGuardTable(families, facts, targetLinks(model, facts))) : undefined,
    udpListens: udpListens(model, facts),
    counters: model.counters ? { text: countersText([]), directory: countersDirectory } : undefined,
    savedSysctlsPath,
  };
  const plan = planBoot(host.boot.readFacts(root), content);
  if (plan.how !== 'refused') return plan;
  throw new Failure('boot-unsupported', plan.message, plan.remedy);
}

/**
 * Looks at the files that would be replaced, and tries the boot in separate namespaces. Changes nothing.
 * Throws `boot-foreign`, `boot-refused`.
 */
export async function prepareBootStep(
  plan: BootPlan,
  bootable: Bootable,
  target: BootTarget,
  ctx: Context,
): Promise<BootStep> {
  const { boot } = ctx.host;
  const { root, stateDir } = target;
  const marker = markerOf(bootable);
  const changes = boot.inspect(root, stateDir, { marker, files: plan.files, links: plan.links });
  const text = plan.files.find(({ path }) => path === DROP_IN)?.content ?? '';
  const main = boot.readFacts(root).main?.path;
  const warnings = await boot.prove({ root, main, included: plan.how === 'include', text, marker });
  return { target, plan, marker, enableForwarding: bootable.enableForwarding, changes, warnings };
}

/** A change of forwards that are loaded at boot changes the boot files too. Undefined if they are not. */
export async function bootStepIfEnabled(bootable: Bootable, ctx: Context): Promise<BootStep | undefined> {
  const target = thisHost(ctx);
  if (enabledHere(ctx) === undefined) return undefined;
  return prepareBootStep(bootPlan(bootable, target, ctx), bootable, target, ctx);
}

/** The same for a model that was loaded earlier, on this host as it is now. */
export async function bootStepFor(applied: Applied, ctx: Context): Promise<BootStep | undefined> {
  if (enabledHere(ctx) === undefined) return undefined;
  const model = await appliedModel(applied);
  if (model === undefined) return undefined;
  const facts = await readFactsFor(model, ctx);
  const { required } = await planSysctls(model, facts, ctx);
  return bootStepIfEnabled({ model, facts, required, enableForwarding: applied.enableForwarding }, ctx);
}

/** Of the ruleset that is loaded at boot. */
const markerOf = ({ model, facts }: Bootable): string => emitJson(lower(model, facts)).marker;
