import { escapeControls } from '../../finding/quote.ts';
import type { Failure } from '../../failure/failure.ts';
import type { ForwardChange, FieldChange } from '../../compare/forwards.ts';
import type { TableDifference } from '../../compare/tables.ts';
import type { Cause } from '../../status/kernel.ts';
import { type Paint, formatLines } from './lines.ts';
import { changeJson, tableJson, undoLine, objectLine } from './kernel-difference.ts';
import { changeLine, settingLine } from './forward-change.ts';

/** All that apply would change. */
export interface Plan {
  readonly wouldChange: boolean;
  /** Why the kernel's table differs, where there is one. */
  readonly causes: readonly Cause[];
  /** From what was loaded to what the file says. */
  readonly changes: readonly ForwardChange[];
  readonly settings: readonly FieldChange[];
  /** What the kernel's table has and lacks besides. */
  readonly table: TableDifference;
  readonly sysctls: readonly FieldChange[];
  /** How many forwards nothing above concerns; what differs in the chains concerns all. */
  readonly unchanged: number;
  readonly refusal: Failure | undefined;
}

/** `+` would come, `-` would go, `~` would become another. */
export function formatPlan(plan: Plan, paint: Paint): string {
  const { changes, settings, table, sysctls, refusal } = plan;
  const lines = [
    ...formatLines([...changes.map(changeLine), ...settings.map(settingLine)], paint),
    ...headed(plan, [
      ...formatLines(table.mappings.map(undoLine), paint),
      ...formatLines(
        table.objects.map((object) => objectLine(object, true)),
        paint,
      ),
    ]),
    ...formatLines(sysctls.map(settingLine), paint),
  ];
  const refused =
    refusal === undefined ? [] : [escapeControls(`apply would refuse: ${refusal.message}; ${refusal.remedy}`)];
  return [...lines, ...ending(plan, lines.length > 0), ...refused, ''].join('\n');
}

/** Whose doing it is that the table is another than the one that was loaded. */
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
  return listed ? stay : ['the ruleset would be loaded anew, in the order of the file', ...stay];
}

export const planJson = ({ wouldChange, causes, changes, settings, table, sysctls, unchanged }: Plan) => ({
  wouldChange,
  causes,
  changes: { forwards: changes.map(changeJson), settings },
  kernel: tableJson(table),
  sysctls: sysctls.map(sysctlJson),
  unchanged,
});

export const sysctlJson = ({ field, before, after }: FieldChange) => ({
  name: field.replace('sysctl ', ''),
  before,
  after,
});
