import { escapeControls } from '../../finding/quote.ts';
import type { Generation } from '../../host/state/history.ts';
import type { Model } from '../../model/model.ts';
import { compareForwards, type ForwardComparison, compareSettings, type FieldChange } from '../../compare/forwards.ts';
import { appliedModel, findGeneration, noGeneration } from '../../apply/read/last-applied.ts';
import { painter, formatLines } from '../format/lines.ts';
import { changeJson } from '../format/kernel-difference.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { changeLine, settingLine } from '../format/forward-change.ts';
import type { Session } from '../session.ts';

/** Disabled forwards count: files are compared, not rulesets. */
export async function diff(
  from: number | undefined,
  to: number | undefined,
  _: unknown,
  session: Session,
): Promise<ExitCode> {
  session.host.history.require(session.state.stateDir);
  const generations = session.host.history.list(session.state.stateDir);
  const ends = { from: findGeneration(generations, from, -2), to: findGeneration(generations, to, -1) };
  const before = await modelOf(ends.from, session);
  const after = await modelOf(ends.to, session);
  const found = { ...compareForwards(before.forwards, after.forwards), settings: compareSettings(before, after) };
  session.print({ ...ends, ...json(found) }, () => text(ends, found, session));
  return found.changes.length + found.settings.length === 0 ? EXIT.ok : EXIT.findings;
}

async function modelOf({ number }: Generation, { host, state }: Session): Promise<Model> {
  const bytes = host.history.read(state.stateDir, number);
  const model = bytes && (await appliedModel({ model: bytes, marker: '', enableForwarding: false }));
  if (model === undefined)
    throw noGeneration(`generation ${number} is damaged, or was written by another version of portfwd`);
  return model;
}

interface Found extends ForwardComparison {
  readonly settings: readonly FieldChange[];
}

interface Ends {
  readonly from: Generation;
  readonly to: Generation;
}

function text({ from, to }: Ends, { changes, settings, unchanged }: Found, session: Session): string {
  const head = `from ${titleOf(from)} to ${titleOf(to)}:`;
  const lines = formatLines([...changes.map(changeLine), ...settings.map(settingLine)], painter(session));
  const stay = unchanged === 0 ? [] : [`${unchanged} ${unchanged === 1 ? 'forward is' : 'forwards are'} the same`];
  return `${[escapeControls(head), ...(lines.length === 0 ? ['no forward differs'] : [...lines, ...stay])].join('\n')}\n`;
}

const titleOf = ({ number, command }: Generation): string => `generation ${number} (${command})`;

const json = ({ changes, settings, unchanged }: Found) => ({
  changes: { forwards: changes.map(changeJson), settings },
  unchanged,
});
