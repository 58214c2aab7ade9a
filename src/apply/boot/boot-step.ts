import { type BootPlan, DROP_IN } from '../../boot/boot-plan.ts';
import { planBoot } from '../../boot/plan-boot.ts';
import { Failure } from '../../failure/failure.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { BootStep } from '../change.ts';
import type { Context } from '../context.ts';
import { appliedModel } from '../read/last-applied.ts';
import { readFactsFor } from '../read/read-on-host.ts';
import { planSysctls } from '../sysctls/plan.ts';
import { bootContent, type Bootable, type MarkedContent } from './boot-content.ts';
import { enabledHere } from './enabled-here.ts';
import { thisHost, type BootTarget } from './target.ts';

/** Every file and link for boot, and what they load. */
export interface PlannedBoot extends Pick<MarkedContent, 'marker' | 'ifOff'> {
  readonly plan: BootPlan;
}

/** Reads only. Throws `boot-unsupported`. */
export function planBootFiles(bootable: Bootable, target: BootTarget, ctx: Context): PlannedBoot {
  const { content, marker, ifOff } = bootContent(bootable, target, ctx);
  const plan = planBoot(ctx.host.boot.readFacts(target.root), content);
  if (plan.how !== 'refused') return { plan, marker, ifOff };
  throw new Failure('boot-unsupported', plan.message, plan.remedy);
}

/**
 * Looks at the files that would be replaced, and tries the boot in separate namespaces. Changes nothing.
 * Throws `boot-foreign`, `boot-refused`.
 */
export async function prepareBootStep(
  { plan, marker, ifOff }: PlannedBoot,
  { enableForwarding }: Bootable,
  target: BootTarget,
  ctx: Context,
): Promise<BootStep> {
  const { boot } = ctx.host;
  const { root, stateDir } = target;
  const changes = boot.inspect(root, stateDir, { marker, ifOff, files: plan.files, links: plan.links });
  const text = plan.files.find(({ path }) => path === DROP_IN)?.content ?? '';
  const main = boot.readFacts(root).main?.path;
  const warnings = await boot.prove({ root, main, included: plan.how === 'include', text, marker });
  return { target, plan, marker, ifOff, enableForwarding, changes, warnings };
}

/** A change of forwards that are loaded at boot changes the boot files too. Undefined if they are not. */
export async function bootStepIfEnabled(bootable: Bootable, ctx: Context): Promise<BootStep | undefined> {
  const target = thisHost(ctx);
  if (enabledHere(ctx) === undefined) return undefined;
  return prepareBootStep(planBootFiles(bootable, target, ctx), bootable, target, ctx);
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
