import { Failure } from '../host/failure.ts';
import type { FieldChange } from '../plan/forward-fields.ts';
import type { Meant } from './compare-kernel.ts';
import { statePathsOf, type StateOptions } from './options.ts';
import { requireForwarding } from './require-forwarding.ts';
import { planSysctls } from './sysctl-plan.ts';
import { wantedSysctls } from './wanted-sysctls.ts';
import type { World } from './world.ts';

export interface PlannedSysctls {
  readonly sysctls: readonly FieldChange[];
  /** Why apply would not even begin. */
  readonly refusal?: Failure;
}

/** What apply would set, and put back; reads and writes nothing else. */
export async function plannedSysctls(
  { model, facts }: Meant,
  options: StateOptions,
  world: World,
): Promise<PlannedSysctls> {
  const { sysctl } = world.host;
  const remembered = sysctl.readRemembered(statePathsOf(options, world).volatile);
  try {
    requireForwarding(model, facts);
    const plan = planSysctls(await wantedSysctls(model, facts, remembered, world), remembered, sysctl.read);
    const changes = [...plan.restore, ...plan.set].map(([path, after]) => ({
      field: `sysctl ${path.replaceAll('/', '.')}`,
      before: sysctl.read(path) ?? 'absent',
      after,
    }));
    return { sysctls: changes.filter(({ before, after }) => before !== after) };
  } catch (error) {
    if (error instanceof Failure && REFUSALS.has(error.reason)) return { sysctls: [], refusal: error };
    throw error;
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['forwarding-off', 'no-route']);
