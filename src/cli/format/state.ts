import { sysctlName } from '../../diagnose/printed-command.ts';
import { type Paint, formatLines } from './lines.ts';
import { changeJson, tableJson } from './kernel-difference.ts';
import type { CurrentState } from '../../status/state.ts';
import { refusalsJson } from '../print-refusals.ts';
import { formatDrift } from './drift.ts';
import { refusalLine } from './plan.ts';
import { sysctlJson } from './side-effects.ts';

/** What the state means, and what to do. */
export function explanationOf({ state, kernel, refusals, enableForwarding }: CurrentState): string {
  if (state !== 'drifted') return EXPLANATIONS[state];
  const apply = `portfwd apply${enableForwarding ? ' --enable-forwarding' : ''}`;
  const [what, fixes] =
    kernel.state === 'drifted'
      ? ['the ruleset in the kernel differs from the one that the file makes on this host', 'replaces it']
      : ['the ruleset in the kernel is the one of the file, but sysctls that the forwards need are off', 'sets them'];
  return refusals.length === 0 ? `${what}; ${apply} ${fixes}` : what;
}

const EXPLANATIONS: Record<Exclude<CurrentState['state'], 'drifted'>, string> = {
  'in sync': 'the kernel holds the forwards of the file',
  missing: 'the kernel holds no forwards; portfwd apply loads them',
  foreign:
    'the kernel holds a table inet portfwd that portfwd did not make; portfwd does not change it (portfwd apply --adopt saves a copy and replaces it)',
};

/** The differences, line by line. */
export function formatState({ kernel, sysctls, refusals }: CurrentState, paint: Paint): string[] {
  const lines = sysctls.map(({ path, before, after }) => ({
    sign: '~' as const,
    name: `sysctl ${sysctlName(path)}`,
    text: `is ${before ?? 'absent'}, should be ${after}`,
  }));
  return [
    ...(kernel.state === 'drifted' ? formatDrift(kernel, paint) : []),
    ...(lines.length === 0 ? [] : ['sysctls:', ...formatLines(lines, paint).map((line) => `  ${line}`)]),
    ...refusals.map(refusalLine),
  ];
}

/**
 * If the state is drifted: `changes` is what the file changes, `kernel` how the table differs from what was loaded,
 * `sysctls` what the forwards need, and `refusal` why apply could not set that.
 */
export function stateJson({ state, kernel, sysctls, refusals }: CurrentState) {
  if (state !== 'drifted') return {};
  const drifted = kernel.state === 'drifted' ? kernel : undefined;
  const isBlocked = sysctls.length + refusals.length > 0;
  return {
    causes: [...(drifted?.causes ?? []), ...(isBlocked ? ['sysctl'] : [])],
    changes: {
      forwards: drifted?.model?.changes.map(changeJson) ?? [],
      settings: drifted?.model?.settings ?? [],
    },
    kernel: tableJson(drifted?.table ?? { mappings: [], objects: [] }),
    sysctls: sysctls.map(sysctlJson),
    refusal: refusalsJson(refusals)[0] ?? null,
  };
}
