import { escapeControls } from '../../finding/quote.ts';
import type { Generation } from '../../host/state/history.ts';
import type { Model } from '../../model/model.ts';
import { compareForwards, type ForwardComparison, compareSettings, type FieldChange } from '../../compare/forwards.ts';
import { appliedModel, findGeneration, noGeneration } from '../../apply/last-applied.ts';
import { painter, formatLines } from '../format/lines.ts';
import { changeJson } from '../format/kernel-difference.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { changeLine, settingLine } from '../format/forward-change.ts';
import { statePathsOf, type StateOptions, type World } from '../../apply/context.ts';

interface Options extends StateOptions {
  readonly json?: boolean;
}

/** Forwards that are switched off count as well: it is the file that is compared, not what it made of the kernel. */
export async function diff(
  from: number | undefined,
  to: number | undefined,
  options: Options,
  world: World,
): Promise<ExitCode> {
  const { stateDir } = statePathsOf(options, world);
  const generations = world.host.history.list(stateDir);
  const ends = { from: findGeneration(generations, from, -2), to: findGeneration(generations, to, -1) };
  const before = await modelOf(ends.from, stateDir, world);
  const after = await modelOf(ends.to, stateDir, world);
  const found = { ...compareForwards(before.forwards, after.forwards), settings: compareSettings(before, after) };
  if (options.json === true) world.out(`${JSON.stringify({ ...ends, ...json(found) })}\n`);
  else world.out(text(ends, found, world));
  return found.changes.length + found.settings.length === 0 ? EXIT.ok : EXIT.findings;
}

async function modelOf({ number }: Generation, stateDir: string, { host }: World): Promise<Model> {
  const bytes = host.history.read(stateDir, number);
  const model = bytes && (await appliedModel({ model: bytes, marker: '', enableForwarding: false }));
  if (model === undefined) throw noGeneration(`generation ${number} is damaged, or of another version`);
  return model;
}

interface Found extends ForwardComparison {
  readonly settings: readonly FieldChange[];
}

interface Ends {
  readonly from: Generation;
  readonly to: Generation;
}

function text({ from, to }: Ends, { changes, settings, unchanged }: Found, world: World): string {
  const head = `from ${titleOf(from)} to ${titleOf(to)}:`;
  const lines = formatLines([...changes.map(changeLine), ...settings.map(settingLine)], painter(world));
  const stay = unchanged === 0 ? [] : [`${unchanged} ${unchanged === 1 ? 'forward is' : 'forwards are'} the same`];
  return `${[escapeControls(head), ...(lines.length === 0 ? ['no forward differs'] : [...lines, ...stay])].join('\n')}\n`;
}

const titleOf = ({ number, command }: Generation): string => `generation ${number} (${command})`;

const json = ({ changes, settings, unchanged }: Found) => ({
  changes: { forwards: changes.map(changeJson), settings },
  unchanged,
});
