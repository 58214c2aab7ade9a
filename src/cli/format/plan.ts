import { escapeControls } from '../../finding/quote.ts';
import type { Failure } from '../../failure/failure.ts';
import type { ForwardChange, FieldChange } from '../../compare/forwards.ts';
import type { TableDifference } from '../../compare/tables.ts';
import type { Cause } from '../../status/kernel.ts';
import { type Paint, formatLines } from './lines.ts';
import { changeJson, tableJson, undoLine, objectLine } from './kernel-difference.ts';
import { refusalsJson } from '../print-refusals.ts';
import { changeLine, settingLine } from './forward-change.ts';
import { sideEffectLines, sideEffectsJson, type SideEffects } from './side-effects.ts';

/** Everything that apply would change. */
export interface Plan {
  readonly wouldChange: boolean;
  /** Why the table in the kernel differs, if there is one. */
  readonly causes: readonly Cause[];
  /** From what was loaded to what the file says. */
  readonly changes: readonly ForwardChange[];
  readonly settings: readonly FieldChange[];
  /** What the table in the kernel has and lacks besides. */
  readonly table: TableDifference;
  readonly effects: SideEffects;
  /** How many forwards stay as they are. */
  readonly unchanged: number;
  readonly refusals: readonly Failure[];
}

/** `+` would be added, `-` removed, `~` changed. */
export function formatPlan(plan: Plan, paint: Paint): string {
  const { changes, settings, table, effects, refusals } = plan;
  const lines = [
    ...formatLines([...changes.map(changeLine), ...settings.map(settingLine)], paint),
    ...headed(plan, [
      ...formatLines(table.mappings.map(undoLine), paint),
      ...formatLines(
        table.objects.map((object) => objectLine(object, true)),
        paint,
      ),
    ]),
    ...sideEffectLines(effects, paint),
  ];
  const refused = refusals.map(refusalLine);
  return [...lines, ...ending(plan, lines.length > 0), ...refused, ''].join('\n');
}

/** Why the table is not the one that was loaded. */
function headed({ causes }: Plan, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const heads = HEADS.filter(([cause]) => causes.includes(cause)).map(([, head]) => head);
  return [...(heads.length === 0 ? [] : [`${heads.join(', and ')}:`]), ...lines];
}

const HEADS: readonly (readonly [Cause, string])[] = [
  ['hand', 'the table was changed by hand'],
  ['host', 'this host, or portfwd itself, has changed since the file was applied'],
];

function ending({ wouldChange, unchanged }: Plan, listed: boolean): string[] {
  if (!wouldChange) return ['nothing would change'];
  const stay = unchanged === 0 ? [] : [`${unchanged} ${unchanged === 1 ? 'forward stays' : 'forwards stay'} as before`];
  return listed ? stay : ['the ruleset would be loaded again, in the order of the file', ...stay];
}

/** `status` prints it too, if apply could not set a sysctl. */
export const refusalLine = ({ message, remedy, reason }: Failure): string =>
  escapeControls(`apply would be refused: ${message}; ${remedy} [${reason}]`);

export const planJson = ({ wouldChange, causes, changes, settings, table, effects, unchanged, refusals }: Plan) => ({
  wouldChange,
  causes,
  changes: { forwards: changes.map(changeJson), settings },
  kernel: tableJson(table),
  ...sideEffectsJson(effects),
  unchanged,
  refusal: refusalsJson(refusals)[0] ?? null,
  refusals: refusalsJson(refusals),
});
