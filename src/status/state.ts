import type { Failure } from '../failure/failure.ts';
import type { FieldChange } from '../compare/forwards.ts';
import type { Meant } from '../apply/change.ts';
import { compareKernel, type KernelComparison, type TableState } from './kernel.ts';
import { readKernelTable } from '../apply/kernel-table.ts';
import { appliedAs } from '../apply/last-applied.ts';
import type { StateOptions, World } from '../apply/context.ts';
import { plannedSysctls } from '../apply/sysctls/plan.ts';

/** Whether the forwards work as the file says: the kernel's table, and the sysctls that the table is nothing without. */
export interface PresentState {
  readonly state: TableState;
  readonly kernel: KernelComparison;
  /** What is meant, as it was loaded: --enable-forwarding stays in force until the next apply. */
  readonly meant: Meant;
  readonly enableForwarding: boolean;
  /** Of a table that is there. */
  readonly sysctls: readonly FieldChange[];
  /** Why apply could not mend it. */
  readonly refusal: Failure | undefined;
}

/** Changes nothing. */
export async function presentState(loaded: Meant, options: StateOptions, world: World): Promise<PresentState> {
  const table = await readKernelTable(world.host.nft);
  const enableForwarding = table.kind === 'ours' && appliedAs(table.marker, options, world)?.enableForwarding === true;
  const meant: Meant = enableForwarding ? { ...loaded, model: { ...loaded.model, forwarding: 'enable' } } : loaded;
  const kernel = await compareKernel(meant, options, world);
  const isThere = kernel.state === 'in sync' || kernel.state === 'drifted';
  const { sysctls, refusal } = isThere ? await plannedSysctls(meant, options, world) : { sysctls: [] };
  const isUnfit = sysctls.length > 0 || refusal !== undefined;
  const state = kernel.state === 'in sync' && isUnfit ? 'drifted' : kernel.state;
  return { state, kernel, meant, enableForwarding, sysctls, refusal };
}
