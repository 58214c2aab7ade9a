import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import { closedBy, forwardingByUs, forwardingPath, routingGaps } from '../../model/routing/forwarding.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Family, Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { alongOnRestore, alongOnSet, isAlong, isForWholeHost, type AlongValue, type SysctlReader } from './along.ts';
import { requiredSysctls, type SysctlValue } from './required.ts';
import { savedSysctls } from './saved.ts';
import { isRoutingOf, keepingUsedRouting, type RoutingStay } from './routing-stays.ts';
import {
  expandLinks,
  FUTURE_LINKS,
  isOthers,
  isSatisfied,
  laterLinks,
  notToRestore,
  originalOf,
} from './route-localnet.ts';

/** Path below /proc/sys. */
export interface SysctlChange {
  readonly path: string;
  /** The value now. Undefined: there is no such sysctl, as of an interface that is gone. */
  readonly before: string | undefined;
  readonly after: string;
  /** What the kernel changes along with it. */
  readonly along?: readonly AlongValue[];
}

export interface SysctlPlan {
  /** Without these the forwards would not work, in the order in which they are set. Some are patterns (route-localnet.ts). */
  readonly required: readonly SysctlValue[];
  /** Put back before the ruleset changes: what they opened closes while its guard chain is still loaded. */
  readonly restore: readonly SysctlChange[];
  /** Set after the ruleset is loaded: the guard chain is there before they open anything. */
  readonly set: readonly SysctlChange[];
  /** The values to put back one day: saved by earlier runs, and by this one. */
  readonly saved: { readonly before: SavedSysctls; readonly after: SavedSysctls };
  /** Routing that stays on although no forward needs it. */
  readonly stays: readonly RoutingStay[];
}

export const NO_SYSCTLS: SysctlPlan = {
  required: [],
  restore: [],
  set: [],
  saved: { before: {}, after: {} },
  stays: [],
};

/** Reads only. `mayStay`: routing stays on for other programs. Throws `no-route`. */
export async function planSysctls(model: Model, facts: HostFacts, ctx: Context, mayStay = true): Promise<SysctlPlan> {
  const { host } = ctx;
  const saved = await savedSysctls(ctx);
  const required = requiredSysctls(model, facts, saved, host.sysctl.read);
  const wanted = new Map([...expandLinks(required, facts), ...switchedOffSince(model, facts, ctx)]);
  const planFor = (kept: readonly Family[]): SysctlPlan =>
    sysctlPlan(required, [...wanted], keeping(kept, saved), saved, host.sysctl);
  return mayStay ? keepingUsedRouting(planFor, saved, ctx) : planFor([]);
}

/** No forward requires anything any more: every sysctl gets its saved value. Reads only. */
export async function planRestore(ctx: Context, mayStay = true): Promise<SysctlPlan> {
  const { host } = ctx;
  const saved = await savedSysctls(ctx);
  const planFor = (kept: readonly Family[]): SysctlPlan => sysctlPlan([], [], keeping(kept, saved), saved, host.sysctl);
  return mayStay ? keepingUsedRouting(planFor, saved, ctx) : planFor([]);
}

const keeping = (families: readonly Family[], saved: SavedSysctls): SavedSysctls =>
  Object.fromEntries(Object.entries(saved).filter(([path]) => families.some((family) => isRoutingOf(family, path))));

/** Interfaces that were switched off by hand after portfwd turned forwarding on for the whole host. */
function switchedOffSince(model: Model, facts: HostFacts, { host }: Context): SysctlValue[] {
  if (!forwardingByUs(model, facts).includes('ip')) return [];
  const forwarding = host.readForwarding({});
  if (!forwarding.ip) return [];
  const gaps = routingGaps(model, { ...facts, forwarding }).filter(({ forward }) => forward.family === 'ip');
  return closedBy(gaps).map((name) => [forwardingPath(name, 'ip'), '1']);
}

/** Undoes a plan that was carried out, perhaps in part. */
export function planReversal({ required, restore, set, saved }: SysctlPlan): SysctlPlan {
  return {
    required,
    restore: reversed(set),
    set: reversed(restore),
    saved: { before: saved.after, after: saved.before },
    stays: [],
  };
}

const reversed = (changes: readonly SysctlChange[]): SysctlChange[] => [...changes].reverse().flatMap(reverse);

const reverse = ({ path, before, after, along = [] }: SysctlChange): SysctlChange[] =>
  before === undefined
    ? []
    : [{ path, before: after, after: before, along: along.map((value) => ({ ...value, after: value.before })) }];

/** `wanted`: what `required` means on this host now. `staying`: saved values that are not to be restored. */
function sysctlPlan(
  required: readonly SysctlValue[],
  wanted: readonly SysctlValue[],
  staying: SavedSysctls,
  saved: SavedSysctls,
  reader: SysctlReader,
): SysctlPlan {
  const kept = wholeHostLast({
    ...staying,
    ...notToRestore(required, saved, reader),
    ...keptValues(wanted, saved, reader),
  });
  const set = wanted
    .map(([path, after]): SysctlChange => ({ path, before: reader.read(path), after }))
    .filter(({ path, before, after }) => before !== undefined && !isSatisfied(path, before, after))
    .map((change) => (isForWholeHost(change.path) ? { ...change, along: alongOnSet(change.path, reader) } : change));
  return { required, restore: restoring(saved, kept, reader), set, saved: { before: saved, after: kept }, stays: [] };
}

/** So the boot script, which restores in reverse order, writes them first. */
export function wholeHostLast(values: SavedSysctls): SavedSysctls {
  const entries = Object.entries(values);
  const whole = entries.filter(([path]) => isForWholeHost(path));
  return Object.fromEntries([...entries.filter(([path]) => !isForWholeHost(path)), ...whole]);
}

/** A sysctl that already had its value is not ours to put back. */
function keptValues(wanted: readonly SysctlValue[], saved: SavedSysctls, reader: SysctlReader): SavedSysctls {
  const kept = wanted.flatMap(([path, value]): SysctlValue[] => {
    const current = reader.read(path);
    const original = isSatisfied(path, current, value)
      ? originalOf(path, wanted, saved, reader)
      : (saved[path] ?? current);
    if (original === undefined) return [];
    const fresh = isForWholeHost(path) && current !== value ? alongOnSet(path, reader) : [];
    return [
      ...Object.entries(saved).filter(([along]) => isAlong(along, path)),
      ...fresh.map(({ path: along, before }): SysctlValue => [along, saved[along] ?? before]),
      [path, original],
    ];
  });
  return Object.fromEntries(kept);
}

/** The values for the whole host first, since they change those of the interfaces. */
function restoring(saved: SavedSysctls, kept: SavedSysctls, reader: SysctlReader): SysctlChange[] {
  const changes = Object.entries(saved)
    .filter(([path, was]) => kept[path] === undefined && !isOthers(path, was))
    .reverse()
    .map(([path, after]): SysctlChange => ({ path, before: reader.read(path), after }))
    .filter(({ before, after }) => before !== after);
  const whole = changes
    .filter(({ path }) => isForWholeHost(path))
    .map((change) => ({ ...change, along: alongOnRestore(change.path, saved, reader) }));
  const single = changes.filter(
    ({ path }) => !isForWholeHost(path) && !whole.some((change) => isAlong(path, change.path)),
  );
  const later =
    kept[FUTURE_LINKS] === undefined
      ? laterLinks({ ...saved, ...kept }, reader.read(FUTURE_LINKS), reader).map(([path, after]): SysctlChange => ({
          path,
          before: reader.read(path),
          after,
        }))
      : [];
  return [...whole, ...single, ...later];
}
