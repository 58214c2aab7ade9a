import type { Context } from '../../apply/context.ts';
import type { ReadModel } from '../../apply/read/read-model.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import type { KernelState } from '../../doctor/evidence.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';
import { isShut, routingGaps } from '../../model/routing/forwarding.ts';
import { forwardsBlockedBySysctl, forwardStates, forwardStatesAlone } from '../forwards.ts';
import type { KernelComparison } from '../kernel.ts';
import { currentState } from '../state.ts';
import { ifKnown } from '../if-known.ts';

/** Undefined without the rights to ask the kernel. */
export async function kernelState(
  read: ReadModel<HostFacts> & { readonly model: Model },
  portfwd: (words: string) => string,
  ctx: Context,
): Promise<KernelState | undefined> {
  const found = await ifKnown(currentState(read, ctx));
  if (found === undefined) return undefined;
  const { kernel, desired, sysctls, missed, waiting, reverted, enableForwarding } = found;
  const blocked = forwardsBlockedBySysctl(desired.model, desired.facts, ctx);
  const causes = kernel.state === 'drifted' ? kernel.causes : [];
  return {
    state: kernel.state,
    stateOf: forwardStates(kernel),
    isAsInFile: isAsInFile(kernel),
    byHand: causes.includes('hand') || causes.includes('unknown'),
    byFile: causes.includes('file') || causes.includes('option'),
    byHost: causes.includes('host'),
    reverted,
    waiting:
      waiting === undefined
        ? undefined
        : `it waits for ${waiting.left} more seconds: ${portfwd('confirm')} keeps it, ${portfwd('rollback')} reverts it`,
    enableForwarding,
    apply: portfwd(
      enableForwarding || needsRouting(desired.model, desired.facts, ctx) ? 'apply --enable-forwarding' : 'apply',
    ),
    sysctls: sysctls.map(({ path, before, after }) => `${sysctlName(path)} is ${before ?? 'absent'}, not ${after}`),
    blockedBySysctl: (forward) => [...blocked].some(({ name }) => name === forward.name),
    bypassing: new Map(missed.map(({ forward, flows }) => [forward, flows])),
  };
}

/** Apply refuses the file unless it may turn routing on. */
function needsRouting(model: Model, facts: HostFacts, { host }: Context): boolean {
  const now = { ...facts, forwarding: host.readForwarding({}) };
  return model.forwarding === 'require' && routingGaps(model, now).some((gap) => isShut(gap, now));
}

/** Without what a change of this host explains: the rules that all forwards share may differ then. */
function isAsInFile(kernel: KernelComparison): KernelState['isAsInFile'] {
  if (kernel.state !== 'drifted') return () => kernel.state === 'in sync';
  const { causes, table } = kernel;
  const isExplained = causes.includes('host') || causes.includes('file') || causes.includes('option');
  if (!isExplained && table.objects.some(({ kind }) => kind !== 'element')) return () => false;
  const objects = causes.includes('host') ? [] : table.objects;
  const stateAlone = forwardStatesAlone({ ...kernel, table: { ...table, objects } });
  return (forward) => stateAlone(forward) === undefined;
}
