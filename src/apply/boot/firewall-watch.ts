import { join } from 'node:path';
import type { BootSysctl } from '../../boot/boot-plan.ts';
import { GUARD_UNIT, guardUnit } from '../../boot/guard-unit.ts';
import { sysctlScript } from '../../boot/sysctl-script.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import { Failure } from '../../failure/failure.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import type { Context } from '../context.ts';
import { orReport } from '../or-report.ts';
import { isAlong, isForWholeHost } from '../sysctls/along.ts';
import { withGuards } from '../sysctls/guards.ts';
import type { SysctlValue } from '../sysctls/required.ts';
import { savedSysctls } from '../sysctls/saved.ts';
import { isChanged } from '../sysctls/route-localnet.ts';
import { enabledIfReadable } from './enabled-here.ts';
import { thisHost } from './target.ts';

/** Those of the values that open something and that portfwd changes: a chain has to guard them. */
export const openedBy = (values: readonly SysctlValue[], saved: SavedSysctls): BootSysctl[] =>
  withGuards(values.filter(([path]) => isChanged(path, saved) && !changesAlong(path, saved))).filter(
    ({ guard }) => guard !== undefined,
  );

/** The value for the whole host covers it. */
const changesAlong = (path: string, saved: SavedSysctls): boolean =>
  Object.keys(saved).some((whole) => isForWholeHost(whole) && isAlong(path, whole));

/** What portfwd has opened on this host. */
export async function openedNow(ctx: Context): Promise<BootSysctl[]> {
  const { sysctl } = ctx.host;
  const saved = await savedSysctls(ctx);
  const values = Object.keys(saved).map((path): SysctlValue => [path, sysctl.read(path) ?? saved[path] ?? '']);
  return openedBy(values, saved).filter(({ path, value }) => value !== saved[path]);
}

/**
 * A restart of the host's firewall removes the guard chains. Unless portfwd.service, which restarts with it, is active, a
 * unit in /run closes then what is open. `start` makes it active; before the load there may be nothing to guard yet.
 */
export async function watchFirewall(
  opened: readonly BootSysctl[],
  ctx: Context,
): Promise<{ readonly start: () => Promise<unknown> }> {
  const { boot } = ctx.host;
  if (!boot.systemdIsHere() || opened.length === 0 || (await isServed(ctx)))
    return { start: async () => endWatch(ctx) };
  await orReport(async () => install(opened, ctx), ctx);
  return { start: async () => orReport(async () => boot.systemctl('start', GUARD_UNIT), ctx) };
}

/** After `disable`, systemd calls the service active until it is stopped, although its file is gone. */
const isServed = async (ctx: Context): Promise<boolean> =>
  enabledIfReadable(ctx) !== undefined && ctx.host.boot.isActive('portfwd.service');

async function install(sysctls: readonly BootSysctl[], ctx: Context): Promise<void> {
  const { boot } = ctx.host;
  const { savedSysctlsPath } = thisHost(ctx);
  const content = { ruleset: '', sysctls, udpListens: [], savedSysctlsPath };
  const script = { path: scriptPath(ctx), content: sysctlScript(boot.readFacts(''), content).content };
  const unit = guardUnit(script.path, savedSysctlsPath);
  if (boot.writeGuardUnit({ name: GUARD_UNIT, unit, script })) await boot.systemctl('daemon-reload');
}

/**
 * Says what was opened unless the forwards are enabled. In a network namespace without services of its own, no unit can
 * watch the firewall.
 */
export function reportOpened(opened: readonly BootSysctl[], ctx: Context): void {
  if (opened.length === 0 || enabledIfReadable(ctx) !== undefined) return;
  ctx.report.opened(opened.map(nameOf), ctx.host.boot.systemdIsHere());
}

/** Returns whether there was a unit. Without its file, systemd stops the unit without running anything. */
export async function endWatch(ctx: Context): Promise<boolean> {
  const { boot } = ctx.host;
  if (!boot.systemdIsHere() || !boot.removeGuardUnit(GUARD_UNIT, scriptPath(ctx))) return false;
  await orReport(async () => {
    await boot.systemctl('daemon-reload');
    await boot.systemctl('stop', GUARD_UNIT);
  }, ctx);
  return true;
}

/** In the runtime directory. */
export const WATCH_SCRIPT = 'sysctls.sh';

const scriptPath = ({ state }: Context): string => join(state.runtimeDir, WATCH_SCRIPT);

/**
 * Throws `needs-enable`. OpenRC restarts services that were started together with the one that they need, and has no
 * units that end with the boot.
 */
export function requireWatch(opened: readonly BootSysctl[], isEnabled: boolean, { host: { boot } }: Context): void {
  if (opened.length === 0 || isEnabled || !boot.openrcIsHere()) return;
  const names = opened.map(nameOf);
  throw new Failure(
    'needs-enable',
    `this change turns on ${names.join(' and ')} behind a guard chain, and a restart of the nftables service would remove that chain`,
    'run portfwd enable first, so that the service of portfwd restarts with it, then run this command again',
  );
}

const nameOf = ({ path }: BootSysctl): string => sysctlName(path);
