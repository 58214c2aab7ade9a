import type { Change } from '../../apply/change.ts';
import { checkRuleset } from '../../apply/check-ruleset.ts';
import { forwardsWhoseFlowsEnd } from '../../apply/steps/end-flows.ts';
import { enabledForwards } from '../../model/model.ts';
import { changesNothing } from '../../status/changes-nothing.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { countsLine, forwardCounts, noForwardChanges } from './forward-counts.ts';
import { beforeAfter } from '../format/before-after.ts';
import { sideEffectLines, sideEffectsJson } from '../format/side-effects.ts';
import { painter } from '../format/lines.ts';
import { throwRefusals } from '../print-refusals.ts';
import type { Session } from '../session.ts';

/** Prints what the change would do, or throws what it would be refused for; nft checks the ruleset. */
export async function dryRun(change: Change, session: Session): Promise<ExitCode> {
  const { ruleset, model, refusals } = change;
  const isVisible = change.table !== undefined;
  throwRefusals(isVisible ? refusals : refusals.filter(({ reason }) => reason !== 'permission'), session);
  await checkRuleset(change, session.host.nft);
  const forwards = enabledForwards(model).length;
  const plural = `${forwards} ${forwards === 1 ? 'forward' : 'forwards'}`;
  const changed = isVisible ? !(await changesNothing(change, session)) : undefined;
  const counts = changed === false ? noForwardChanges(forwards) : isVisible ? forwardCounts(change) : undefined;
  const effects = { ...change, flowsEnd: await forwardsWhoseFlowsEnd(change.flows) };
  session.print(
    {
      applied: false,
      changed,
      forwards,
      marker: ruleset.marker,
      ...change.identity,
      ...counts,
      diff: session.json && changed !== undefined ? await beforeAfter(change, changed) : undefined,
      ...sideEffectsJson(effects),
      ...(isVisible ? {} : { unchecked: ['kernel', 'state'] }),
    },
    () =>
      [
        ...sideEffectLines(effects, painter(session)),
        changed === false ? `nothing would change: ${plural} loaded already` : `${plural} would be loaded`,
        ...(isVisible ? [countsLine(counts)] : []),
        '',
      ].join('\n'),
  );
  if (!isVisible && !session.json) session.say({}, () => NO_RIGHTS);
  return EXIT.ok;
}

const NO_RIGHTS =
  'portfwd: note: apply would be refused: you have no rights to load a ruleset; the tables of the kernel and the state directory were not checked; run as root, or with CAP_NET_ADMIN [permission]';
