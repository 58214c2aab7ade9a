import type { BootStep } from '../../apply/change.ts';
import type { SysctlChange, SysctlPlan } from '../../apply/sysctls/plan.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import { escapeControls } from '../../finding/quote.ts';
import { routingStaysText } from './routing-stays.ts';
import { formatLines, type Line, type Paint } from './lines.ts';

/** What loading a model does to the host besides the table. */
export interface SideEffects {
  readonly sysctls: Pick<SysctlPlan, 'restore' | 'set' | 'stays'>;
  readonly boot: BootStep | undefined;
  /** Names of forwards whose connections end. */
  readonly flowsEnd: readonly string[];
}

export const hasSideEffects = ({ sysctls: { restore, set }, boot }: SideEffects): boolean =>
  restore.length + set.length + (boot?.changes.length ?? 0) > 0;

export const sideEffectLines = ({ sysctls, boot, flowsEnd }: SideEffects, paint: Paint): string[] => [
  ...formatLines(
    [
      ...[...sysctls.restore, ...sysctls.set].map(sysctlLine),
      ...(boot?.changes ?? []).map((path): Line => ({ sign: '~', name: 'boot file', text: path })),
    ],
    paint,
  ),
  ...(sysctls.stays.length === 0 ? [] : [escapeControls(routingStaysText(sysctls.stays))]),
  ...(flowsEnd.length === 0 ? [] : [escapeControls(`connections of these forwards would end: ${flowsEnd.join(', ')}`)]),
];

const sysctlLine = ({ path, before, after }: SysctlChange): Line => ({
  sign: '~',
  name: `sysctl ${sysctlName(path)}`,
  text: `${before ?? 'absent'} => ${after}`,
});

export const sideEffectsJson = ({ sysctls, boot, flowsEnd }: SideEffects) => ({
  sysctls: [...sysctls.restore, ...sysctls.set].map(sysctlJson),
  bootFiles: boot?.changes ?? [],
  connectionsEnd: flowsEnd,
});

export const sysctlJson = ({ path, before = 'absent', after }: SysctlChange) => ({
  name: sysctlName(path),
  before,
  after,
});
