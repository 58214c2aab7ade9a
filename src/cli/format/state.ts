import { escapeControls } from '../../finding/quote.ts';
import { type Paint, formatLines } from './lines.ts';
import { changeJson, tableJson } from './kernel-difference.ts';
import { failureJson } from '../../report/failure.ts';
import { formatDrift } from './drift.ts';
import { sysctlJson } from './plan.ts';
import type { PresentState } from '../../status/state.ts';

/** What the state means, and what to do about it. */
export function explanationOf({ state, kernel, refusal, enableForwarding }: PresentState): string {
  if (state !== 'drifted') return EXPLANATIONS[state];
  const apply = `portfwd apply${enableForwarding ? ' --enable-forwarding' : ''}`;
  const [what, mends] =
    kernel.state === 'drifted'
      ? ['the kernel holds another ruleset than the file and this host call for', 'replaces it']
      : ['the kernel holds what the file says, but what the forwards need of this host is switched off', 'mends that'];
  return refusal === undefined ? `${what}; ${apply} ${mends}` : what;
}

const EXPLANATIONS: Record<Exclude<PresentState['state'], 'drifted'>, string> = {
  'in sync': 'the kernel holds what the file says',
  missing: 'the kernel holds no forwards; portfwd apply loads them',
  foreign:
    'the kernel holds a table inet portfwd that portfwd did not make; it is left alone (portfwd apply --adopt replaces it)',
};

/** What drifted, line by line. */
export function formatState({ kernel, sysctls, refusal }: PresentState, paint: Paint): string[] {
  const lines = sysctls.map(({ field, before, after }) => ({
    sign: '~' as const,
    name: field,
    text: `is ${before}, should be ${after}`,
  }));
  return [
    ...(kernel.state === 'drifted' ? formatDrift(kernel, paint) : []),
    ...(lines.length === 0 ? [] : ['of this host:', ...formatLines(lines, paint).map((line) => `  ${line}`)]),
    ...(refusal === undefined ? [] : [escapeControls(`apply would refuse: ${refusal.message}; ${refusal.remedy}`)]),
  ];
}

/**
 * Of what drifted: `changes` tells what the file changes, `kernel` what the table has that was not loaded, `sysctls`
 * what the forwards need of this host and `refusal` why apply could not mend that.
 */
export function stateJson({ state, kernel, sysctls, refusal }: PresentState) {
  if (state !== 'drifted') return {};
  const drifted = kernel.state === 'drifted' ? kernel : undefined;
  const isUnfit = sysctls.length > 0 || refusal !== undefined;
  return {
    causes: [...(drifted?.causes ?? []), ...(isUnfit ? ['sysctl'] : [])],
    changes: {
      forwards: drifted?.model?.changes.map(changeJson) ?? [],
      settings: drifted?.model?.settings ?? [],
    },
    kernel: tableJson(drifted?.table ?? { mappings: [], objects: [] }),
    sysctls: sysctls.map(sysctlJson),
    refusal: refusal === undefined ? null : failureJson(refusal).failure,
  };
}
