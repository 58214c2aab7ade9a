import { asFailure } from '../../failure/failure.ts';
import { FORWARDING } from '../../host/observe/forwarding.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import type { Family } from '../../model/model.ts';
import { forwardingPath } from '../../model/routing/forwarding.ts';
import { bootRecordIfReadable } from '../boot/enabled-here.ts';
import type { Context } from '../context.ts';
import { holdsOneOf, readKernelTable } from '../read/kernel-table.ts';
import { readKernelGuard, type KernelGuard } from './guard-in-kernel.ts';
import { FUTURE_LINKS, isOn, linkOf, openAndNotSaved } from './route-localnet.ts';
import { isForwardingOf } from './routing-stays.ts';

/**
 * The values before portfwd changed them. If there is no record, since the state directory was deleted or is that of
 * another network namespace, a guard in the kernel shows what portfwd turned on: it was off before. Otherwise routing would
 * count as the host's own, and stay on without a guard.
 */
export async function savedSysctls(ctx: Context): Promise<SavedSysctls> {
  const saved = ctx.host.sysctl.readSaved(ctx.state.runtimeDir);
  if (!isAnythingUnexplained(saved, ctx)) return saved;
  const found = guards.get(ctx) ?? readGuard(ctx);
  guards.set(ctx, found);
  const guard = await found;
  return guard === undefined ? saved : { ...saved, ...(await recovered(guard, saved, ctx)) };
}

/** As the command found it: what it loads itself is on record. */
const guards = new WeakMap<Context, Promise<KernelGuard | undefined>>();

const FAMILIES = ['ip', 'ip6'] as const;

function isAnythingUnexplained(saved: SavedSysctls, ctx: Context): boolean {
  const { sysctl } = ctx.host;
  return (
    FAMILIES.some((family) => isUnexplained(family, saved, sysctl.read)) ||
    (!isLoopbackOnRecord(saved) && openLinks(ctx).length > 0)
  );
}

/** The host routes, and no record says that portfwd turned it on. */
const isUnexplained = (family: Family, saved: SavedSysctls, read: (path: string) => string | undefined): boolean =>
  !['0', undefined].includes(read(FORWARDING[family])) &&
  !Object.keys(saved).some((path) => isForwardingOf(family, path));

const isLoopbackOnRecord = (saved: SavedSysctls): boolean =>
  Object.keys(saved).some((path) => linkOf(path) !== undefined);

const openLinks = ({ host: { sysctl } }: Context): string[] => [
  ...openAndNotSaved({}, sysctl),
  ...(isOn(sysctl.read(FUTURE_LINKS)) ? [FUTURE_LINKS] : []),
];

/** Undefined: without rights, the kernel does not show it. */
async function readGuard({ host }: Context): Promise<KernelGuard | undefined> {
  try {
    return await readKernelGuard(host.nft);
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return undefined;
  }
}

async function recovered(guard: KernelGuard, saved: SavedSysctls, ctx: Context): Promise<SavedSysctls> {
  const { sysctl } = ctx.host;
  const families = guard.families.filter((family) => isUnexplained(family, saved, sysctl.read));
  const routing = families.map(async (family) =>
    family === 'ip' ? ipv4Values(guard, ctx) : { [FORWARDING.ip6]: '0' },
  );
  const opensLoopback = guard.loopback && !isLoopbackOnRecord(saved);
  const loopback = opensLoopback && !(await isOnRecord(ctx)) ? off(openLinks(ctx)) : {};
  return Object.assign(loopback, ...(await Promise.all(routing))) as SavedSysctls;
}

/**
 * If some interfaces forwarded before, the host may have routed, except on others. Then those that the guard shuts off are
 * switched off one by one.
 */
async function ipv4Values({ forwarding, others }: KernelGuard, ctx: Context): Promise<SavedSysctls> {
  const { interfaces, read } = ctx.host.sysctl;
  if (forwarding.length === 0) return off([...others.map(ipv4Path), FORWARDING.ip]);
  const guests = (await bridgesWithPorts(ctx)).filter((name) => !others.includes(name));
  const shut = interfaces('ipv4').filter((name) => ![...forwarding, ...guests, 'lo'].includes(name));
  const before = forwarding.map((name): [string, string] => [ipv4Path(name), '1']);
  return { ...Object.fromEntries(before), ...off(shut.map(ipv4Path).filter((path) => read(path) === '1')) };
}

const ipv4Path = (name: string): string => forwardingPath(name, 'ip');

const off = (paths: readonly string[]): Record<string, string> => Object.fromEntries(paths.map((path) => [path, '0']));

/** They may be of another program that turned forwarding on for them. */
const bridgesWithPorts = async ({ host }: Context): Promise<string[]> =>
  ((await host.readLinks()) ?? []).flatMap(({ portOf, master }) => (portOf === 'bridge' ? (master ?? []) : []));

/**
 * The guard of route_localnet is loaded too if others had turned it on. So it shows what portfwd turned on only if the
 * state was lost. The directory exists if a command, or the script at boot, has run since the boot.
 */
async function isOnRecord({ host, state }: Context): Promise<boolean> {
  const table = await readKernelTable(host.nft);
  const records = [
    host.applied.read(state.runtimeDir),
    ...(host.sysctl.mayHaveSaved(state.runtimeDir) ? [bootRecordIfReadable({ host, state })] : []),
  ];
  return records.some((record) => record !== undefined && holdsOneOf(table, record));
}
