import { INIT, UNITS } from '../../boot/boot-plan.ts';
import { COUNTERS_UNIT } from '../../boot/counters-service.ts';
import type { PreparedTree } from '../../host/boot/install.ts';
import type { BootStep } from '../change.ts';
import type { Context } from '../context.ts';
import { orReport } from '../or-report.ts';
import { endServices } from './end-services.ts';
import { endWatch } from './firewall-watch.ts';
import { holdsOneOf, readKernelTable } from '../read/kernel-table.ts';

/** Fully written under temporary names, not renamed yet. */
export interface BootFiles extends PreparedTree {
  /** Call after `commit`: the service is started if the kernel holds its ruleset. */
  readonly startService: () => Promise<void>;
}

/** Throws `boot-foreign`. */
export function installBoot(step: BootStep, ctx: Context): BootFiles {
  const { target, plan, marker, ifOff, enableForwarding } = step;
  const { files, links } = plan;
  const tree = ctx.host.boot.prepare(target.root, target.stateDir, { marker, ifOff, enableForwarding, files, links });
  return { ...tree, startService: async () => startBootService(step, tree.changes, ctx) };
}

/** Of this host. `changes`: the paths that were created, changed or removed. */
export async function startBootService(step: BootStep, changes: readonly string[], ctx: Context): Promise<void> {
  if (step.target.root !== '') return;
  await orReport(() => ctx.host.boot.writeEnabledIn(ctx.state.runtimeDir), ctx);
  if (ctx.host.boot.systemdIsHere()) await orReport(async () => startUnit(step, changes, ctx), ctx);
  if (ctx.host.boot.openrcIsHere()) await orReport(async () => startOpenrc(step, ctx), ctx);
}

/**
 * The service is active while the kernel holds its ruleset, so that it stops and starts with nftables.service.
 * Otherwise it becomes active at boot.
 */
async function startUnit({ plan, marker, ifOff }: BootStep, changes: readonly string[], ctx: Context): Promise<void> {
  const { host } = ctx;
  if (changes.some((path) => path.startsWith(UNITS))) await host.boot.systemctl('daemon-reload');
  const removed = changes.filter((path) => !plan.files.some((file) => file.path === path));
  await endServices(removed, ctx);
  if (holdsOneOf(await readKernelTable(host.nft), { marker, ifOff }))
    for (const unit of [COUNTERS_UNIT, 'portfwd.service'])
      if (plan.files.some(({ path }) => path === `${UNITS}/${unit}`)) await host.boot.systemctl('start', unit);
  if (await host.boot.isActive('portfwd.service')) await endWatch(ctx);
}

/** OpenRC restarts only services that were started when the one that they need restarts. */
async function startOpenrc({ plan, marker, ifOff }: BootStep, { host }: Context): Promise<void> {
  if (!holdsOneOf(await readKernelTable(host.nft), { marker, ifOff })) return;
  for (const name of ['portfwd-counters', 'portfwd'])
    if (plan.files.some(({ path }) => path === `${INIT}/${name}`)) await host.boot.startService(name);
}
