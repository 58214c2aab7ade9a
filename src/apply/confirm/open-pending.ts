import { randomBytes } from 'node:crypto';
import { INHERITED } from '../../boot/open-links-script.ts';
import { asFailure } from '../../failure/failure.ts';
import type { RollbackSpec } from '../../host/rollback/script.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { PendingChange } from '../../host/state/pending-change.ts';
import { enabledForwards } from '../../model/model.ts';
import type { Change, Confirm } from '../change.ts';
import type { Context } from '../context.ts';
import { guardDocument, needsGuard } from '../steps/guard-table.ts';
import type { SysctlReader } from '../sysctls/along.ts';
import type { SysctlChange, SysctlPlan } from '../sysctls/plan.ts';
import type { SysctlValue } from '../sysctls/required.ts';
import { FUTURE_LINKS, linkOf, routeLocalnet } from '../sysctls/route-localnet.ts';
import { isForwardingOf, turnsRoutingOn } from '../sysctls/routing-stays.ts';
import { valuesBefore } from '../sysctls/write.ts';

/**
 * Writes down the rollback and arms the rollback timer, before anything is loaded. Returns when the timer has reported
 * that it is ready. Call under the lock.
 */
export async function openPending(
  { file, command, user, model, identity, previous, edited, sysctls, flows, table }: Change,
  { seconds, rollback }: Confirm,
  applied: Applied,
  ctx: Context,
): Promise<PendingChange> {
  const { host, state, revertCommand } = ctx;
  const id = randomBytes(8).toString('hex');
  const deadline = host.pending.deadlineIn(seconds);
  const network = host.pending.network();
  const before = presentValues(sysctls.set);
  const after = presentValues(sysctls.restore);
  const reverter = await host.pending.arm({
    id,
    network,
    marker: applied.marker,
    seconds,
    deadline,
    ...state,
    command: revertCommand,
    ruleset: rollback,
    guard: await guardIfStuck(sysctls, ctx),
    before,
    after,
    inherited: inheritedValue(sysctls.set, host.sysctl),
  });
  const pending: PendingChange = {
    id,
    network,
    deadline,
    file,
    command,
    user,
    forwards: enabledForwards(model).length,
    ...identity,
    now: applied,
    before: previous,
    wasMissing: table?.kind === 'missing',
    turnsRoutingOn: turnsRoutingOn(sysctls),
    keepConnections: flows.keepConnections,
    sysctls: [...before, ...after],
    edited,
    reverter,
  };
  host.pending.write(state.stateDir, pending);
  return pending;
}

/**
 * The clock starts when the person can answer: the load of a large ruleset takes nothing from it. If that cannot be
 * written, the time of the load counts. Call under the lock.
 */
export function restartClock(pending: PendingChange, seconds: number, { host, state }: Context): PendingChange {
  const moved = { ...pending, deadline: host.pending.deadlineIn(seconds) };
  try {
    // The timer first: it must not find a change that has not expired.
    host.pending.moveDeadline(state.stateDir, pending.id, moved.deadline);
    host.pending.write(state.stateDir, moved);
    return moved;
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return pending;
  }
}

/** For what the change turns on and the timer cannot turn off. Undefined: it turns nothing on. */
async function guardIfStuck({ set, saved }: SysctlPlan, ctx: Context): Promise<string | undefined> {
  const families = (['ip', 'ip6'] as const).filter((family) => set.some(({ path }) => isForwardingOf(family, path)));
  const guarded = { families, loopback: set.some(({ path }) => linkOf(path) !== undefined) };
  return needsGuard(guarded) ? (await guardDocument(guarded, saved.after, ctx)).text : undefined;
}

/** The values that these sysctls have now, in the order in which they are put back. */
const presentValues = (changes: readonly SysctlChange[]): SysctlValue[] => [...changes].reverse().flatMap(valuesBefore);

/** Interfaces that are created while the change is pending inherit this value from `default`. */
function inheritedValue(changes: readonly SysctlChange[], { interfaces }: SysctlReader): RollbackSpec['inherited'] {
  const value = changes.find(({ path }) => path === FUTURE_LINKS)?.before;
  return value === undefined
    ? undefined
    : { value, copied: INHERITED, known: ['all', 'default', ...interfaces('ipv4')].map(routeLocalnet) };
}
