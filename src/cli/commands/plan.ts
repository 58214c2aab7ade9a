import type { Change } from '../../apply/change.ts';
import { checkRuleset } from '../../apply/check-ruleset.ts';
import { forwardsWhoseFlowsEnd } from '../../apply/steps/end-flows.ts';
import { prepareChange } from '../../apply/prepare/prepare-change.ts';
import { collectRefusals } from '../../apply/prepare/collect-refusals.ts';
import { unseenFindings } from '../../apply/read/new-notes.ts';
import { compareForwards } from '../../compare/forwards.ts';
import type { Failure } from '../../failure/failure.ts';
import { enabledForwards } from '../../model/model.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { countersState, isCountingAsWanted, type CountersState } from '../../status/counters.ts';
import { forwardStates } from '../../status/forwards.ts';
import { compareKernel, type KernelComparison } from '../../status/kernel.ts';
import { countersChange } from '../format/counters.ts';
import { beforeAfter } from '../format/before-after.ts';
import { formatPlan, planJson, type Plan } from '../format/plan.ts';
import { painter } from '../format/lines.ts';
import { hasSideEffects, type SideEffects } from '../format/side-effects.ts';
import { modelSource, type ConfigOptions } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { throwRefusals } from '../print-refusals.ts';
import type { Session } from '../session.ts';

interface Options extends ConfigOptions {
  readonly enableForwarding?: boolean;
}

/** Reads the file and the kernel, takes no lock, changes nothing. */
export async function plan(file: string | undefined, options: Options, session: Session): Promise<ExitCode> {
  const source = await modelSource(file, options, session);
  const { enableForwarding } = options;
  const prepared = await prepareChange({ ...source, command: 'plan', enableForwarding, despiteHost: true }, session);
  const change = prepared.kind === 'faulty' ? prepared.change : prepared;
  if (change === undefined) {
    printFindings(prepared, session);
    return EXIT.invalid;
  }
  const findings = unseenFindings(change.findings, session);
  printFindings({ file: source.file, findings, locate: change.locate }, session);
  const { state, ...planned } = await planOf(change, session);
  const diff = session.json ? await beforeAfter(change, planned.wouldChange) : undefined;
  session.print({ file: source.file, state, ...planJson(planned), ...change.identity, diff }, () =>
    formatPlan(planned, painter(session)),
  );
  if (prepared.kind === 'faulty') return EXIT.invalid;
  return planned.wouldChange || planned.refusals.length > 0 ? EXIT.findings : EXIT.ok;
}

type StatedPlan = Plan & { readonly state: KernelComparison['state'] };

async function planOf(change: Change, session: Session): Promise<StatedPlan> {
  // Without rights there is nothing to compare with.
  if (change.table === undefined) throwRefusals(change.refusals, session);
  const { attempt, found } = collectRefusals();
  await attempt(async () => checkRuleset(change, session.host.nft));
  const kernel = await attempt(async () => compareKernel(change, session));
  const refusals = [...change.refusals, ...found];
  // What nft rejects cannot be compared.
  if (kernel === undefined) throwRefusals(refusals, session);
  const effects = { ...change, flowsEnd: await forwardsWhoseFlowsEnd(change.flows) };
  const counters = kernel === undefined || !isOurs(kernel) ? 'off' : await countersState(change.model, session);
  return comparedPlan(change, kernel ?? { state: 'missing' }, { effects, counters }, refusals);
}

function comparedPlan(
  { model }: Change,
  kernel: KernelComparison,
  { effects, counters }: { readonly effects: SideEffects; readonly counters: CountersState },
  refusals: readonly Failure[],
): StatedPlan {
  const stateOf = forwardStates(kernel);
  const changes = kernel.state === 'drifted' ? kernel.model : fromNothing(kernel, model);
  const table = kernel.state === 'drifted' ? kernel.table : { mappings: [], objects: [] };
  return {
    state: kernel.state,
    wouldChange: kernel.state !== 'in sync' || hasSideEffects(effects) || !isCountingAsWanted(counters),
    causes: kernel.state === 'drifted' ? kernel.causes : [],
    changes: changes?.changes ?? [],
    settings: [...(changes?.settings ?? []).filter(({ field }) => field !== 'counters'), ...countersChange(counters)],
    table,
    effects,
    unchanged: enabledForwards(model).filter((forward) => stateOf(forward) === 'in sync').length,
    refusals,
  };
}

const isOurs = ({ state }: KernelComparison): boolean => state === 'in sync' || state === 'drifted';

/** Nothing of a foreign table stays. */
const fromNothing = ({ state }: KernelComparison, model: Change['model']) =>
  state === 'in sync' ? undefined : { ...compareForwards([], enabledForwards(model)), settings: [] };
