import { type BootPlan, DROP_IN, UNITS } from '../../boot/boot-plan.ts';
import { planBoot } from '../../boot/plan-boot.ts';
import { emitJson } from '../../emit/json.ts';
import { emitText } from '../../emit/text.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { PreparedTree } from '../../host/boot/install.ts';
import { asFailure, Failure } from '../../failure/failure.ts';
import { lower } from '../../lower/lower.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';
import { appliedModel } from '../last-applied.ts';
import { withGuards } from '../sysctls/guards.ts';
import { bootTarget, type BootTarget } from './target.ts';
import { formatFailure } from '../../report/failure.ts';
import { readKernelTable } from '../kernel-table.ts';
import { statePathsOf, type StateOptions, type World } from '../context.ts';
import { readFacts } from '../read-on-host.ts';
import type { SysctlValue } from '../sysctls/plan.ts';
import { wantedSysctls } from '../sysctls/required.ts';

/** What is to come back at boot. */
export interface Bootable {
  readonly model: Model;
  readonly facts: HostFacts | undefined;
  readonly wanted: readonly SysctlValue[];
}

/** Proven and on disk; nothing has its name yet. */
export interface BootChange extends PreparedTree {
  /** What goes wrong at boot without us as well. */
  readonly warnings: readonly string[];
  /** After `commit`: the service manager learns of it. */
  readonly settle: () => Promise<void>;
}

/** Changes nothing. Throws `boot-unsupported`. */
export function bootPlan(
  { model, facts, wanted }: Bootable,
  { root, savedSysctlsPath }: BootTarget,
  { host }: World,
): BootPlan {
  const content = { ruleset: emitText(lower(model, facts)), sysctls: withGuards(wanted), savedSysctlsPath };
  const plan = planBoot(host.boot.readFacts(root), content);
  if (plan.how !== 'refused') return plan;
  throw new Failure('boot-unsupported', plan.message, plan.remedy);
}

/** Throws `boot-unsupported`, `boot-refused`, `boot-foreign`. */
export async function prepareBoot(bootable: Bootable, target: BootTarget, world: World): Promise<BootChange> {
  const { boot } = world.host;
  const { root, stateDir } = target;
  const { how, files, links } = bootPlan(bootable, target, world);
  const { marker } = emitJson(lower(bootable.model, bootable.facts));
  const text = files.find(({ path }) => path === DROP_IN)?.content ?? '';
  const main = boot.readFacts(root).main?.path;
  const warnings = await boot.prove({ root, main, included: how === 'include', text, marker });
  const tree = boot.prepare(root, stateDir, { marker, files, links });
  return {
    ...tree,
    warnings,
    settle: async () => {
      if (root === '' && boot.systemdIsHere())
        await orWarning(async () => settle(how, marker, tree.changes, world), world);
    },
  };
}

/** Active, so that it is stopped and started with nftables.service; where the kernel holds something else, at boot. */
async function settle(
  how: BootPlan['how'],
  marker: string,
  changes: readonly string[],
  { host }: World,
): Promise<void> {
  if (changes.some((path) => path.startsWith(UNITS))) await host.boot.systemctl('daemon-reload');
  const table = await readKernelTable(host.nft);
  if (how === 'systemd' && table.kind === 'ours' && table.marker === marker)
    await host.boot.systemctl('start', 'portfwd.service');
}

/** What is done already does not fail for want of this. */
export async function orWarning<T>(work: () => Promise<T>, { err }: World): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    err(`${formatFailure(failure, 'warning')}\n`);
    return undefined;
  }
}

/** Where the forwards come back at boot, a change of them that is kept does too. */
export async function bootChange(
  bootable: Bootable,
  options: StateOptions,
  world: World,
): Promise<BootChange | undefined> {
  const target = bootTarget(options, world);
  if (world.host.boot.read(target.stateDir) === undefined) return undefined;
  const change = await prepareBoot(bootable, target, world);
  for (const warning of change.warnings) world.err(`portfwd: boot: ${warning}\n`);
  return change;
}

/** The same for what was loaded earlier, and for now. */
export async function bootChangeFor(
  applied: Applied,
  options: StateOptions,
  world: World,
): Promise<BootChange | undefined> {
  const { stateDir, runtimeDir } = statePathsOf(options, world);
  if (world.host.boot.read(stateDir) === undefined) return undefined;
  const model = await appliedModel(applied);
  if (model === undefined) return undefined;
  const facts = await readFacts(options, world);
  const wanted = await wantedSysctls(model, facts, world.host.sysctl.readSaved(runtimeDir), world);
  return bootChange({ model, facts, wanted }, options, world);
}
