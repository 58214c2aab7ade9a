import type { Desired } from '../apply/change.ts';
import type { Context } from '../apply/context.ts';
import { collectRefusals } from '../apply/prepare/collect-refusals.ts';
import { readMissedFlows } from '../apply/read/read-missed-flows.ts';
import { asLoaded } from '../apply/read/enable-forwarding.ts';
import type { ReadModel } from '../apply/read/read-model.ts';
import { planSysctls, type SysctlChange } from '../apply/sysctls/plan.ts';
import { requireForwarding } from '../apply/sysctls/require-forwarding.ts';
import { savedSysctls } from '../apply/sysctls/saved.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Failure } from '../failure/failure.ts';
import { compareKernel, type KernelComparison, type TableState } from './kernel.ts';

/** Whether the forwards work as the file says: the table in the kernel, and the sysctls that it needs. */
export interface CurrentState {
  readonly state: TableState;
  readonly kernel: KernelComparison;
  /** As apply would load it: --enable-forwarding stays in force. */
  readonly desired: Desired;
  readonly enableForwarding: boolean;
  /** Those that differ from what the forwards need, if the table is there. */
  readonly sysctls: readonly SysctlChange[];
  /** Why apply could not set the sysctls. */
  readonly refusals: readonly Failure[];
  /** UDP flows that bypass forwards, if the table in the kernel is the one of the file. */
  readonly missed: readonly MissedFlows[];
  readonly waiting: Waiting | undefined;
  /** The file has a change that was reverted because it was not confirmed, or with rollback. */
  readonly reverted: boolean;
}

/** A change that waits for confirmation. */
interface Waiting {
  readonly command: string;
  readonly user: string;
  /** Seconds until it is reverted. */
  readonly left: number;
  /** Confirming it writes the file. */
  readonly changesFile: boolean;
}

/** How many flows began before the forward was loaded. */
type MissedFlows = Awaited<ReturnType<typeof readMissedFlows>>[number];

type Read = Desired & Pick<ReadModel<HostFacts>, 'statedForwarding'>;

/** Reads only. */
export async function currentState(read: Read, ctx: Context): Promise<CurrentState> {
  const { model, enableForwarding } = await asLoaded(read, undefined, ctx);
  const desired: Desired = { ...read, model };
  const kernel = await compareKernel(desired, ctx);
  const isThere = kernel.state === 'in sync' || kernel.state === 'drifted';
  const { sysctls, refusals } = isThere ? await sysctlState(desired, ctx) : { sysctls: [], refusals: [] };
  const missed = kernel.state === 'in sync' ? await readMissedFlows(desired, ctx) : [];
  const isHindered = sysctls.length + refusals.length + missed.length > 0;
  const state = kernel.state === 'in sync' && isHindered ? 'drifted' : kernel.state;
  const reverted = state !== 'in sync' && ctx.host.pending.justRevertedModel(ctx.state.stateDir, read.bytes);
  return {
    state,
    kernel,
    desired,
    enableForwarding,
    sysctls,
    refusals,
    missed,
    waiting: waitingChange(ctx),
    reverted,
  };
}

function waitingChange({ host: { pending }, state: { stateDir } }: Context): Waiting | undefined {
  const change = pending.read(stateDir);
  if (change === undefined || pending.locationOf(change) !== 'here') return undefined;
  const { command, user, edited } = change;
  const left = Math.max(0, Math.ceil(pending.secondsLeft(change)));
  return { command, user, left, changesFile: edited !== undefined };
}

async function sysctlState(
  { model, facts }: Desired,
  ctx: Context,
): Promise<Pick<CurrentState, 'sysctls' | 'refusals'>> {
  const { attempt, found: refusals } = collectRefusals();
  await attempt(async () => requireForwarding(model, facts, await savedSysctls(ctx)));
  const plan = await attempt(async () => planSysctls(model, facts, ctx));
  return { sysctls: plan === undefined || refusals.length > 0 ? [] : [...plan.restore, ...plan.set], refusals };
}
