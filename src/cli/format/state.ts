import { sysctlName } from '../../diagnose/printed-command.ts';
import { escapeControls } from '../../finding/quote.ts';
import { type Line, type Paint, formatLines } from './lines.ts';
import { changeJson, tableJson } from './kernel-difference.ts';
import type { CurrentState } from '../../status/state.ts';
import { refusalsJson } from '../print-refusals.ts';
import { formatDrift } from './drift.ts';
import { refusalLine } from './plan.ts';
import { sysctlJson } from './side-effects.ts';

/** What the state means, and what to do. */
export function explanationOf(found: CurrentState): string {
  const { state, refusals, enableForwarding, waiting } = found;
  if (state !== 'drifted') return EXPLANATIONS[state];
  const [what, fixes] = drift(found);
  // While a change waits, apply is refused.
  if (waiting !== undefined) return what;
  return refusals.length === 0
    ? `${what}; portfwd apply${enableForwarding ? ' --enable-forwarding' : ''} ${fixes}`
    : what;
}

function drift({ kernel, sysctls, refusals }: CurrentState): readonly [what: string, fixes: string] {
  if (kernel.state === 'drifted')
    return ['the ruleset in the kernel differs from the one that the file makes on this host', 'replaces it'];
  const isSame = 'the ruleset in the kernel is the one of the file, but';
  return sysctls.length + refusals.length > 0
    ? [`${isSame} sysctls that the forwards need are off`, 'sets them']
    : [`${isSame} UDP flows that began before it was loaded bypass it`, 'ends them'];
}

const EXPLANATIONS: Record<Exclude<CurrentState['state'], 'drifted'>, string> = {
  'in sync': 'the kernel holds the forwards of the file',
  missing: 'the kernel holds no forwards; portfwd apply loads them',
  foreign:
    'the kernel holds a table inet portfwd that portfwd did not make; portfwd does not change it (portfwd apply --adopt saves a copy and replaces it)',
};

/** What waits for confirmation, or was reverted and is still in the file. */
export function formatWaiting({ waiting, reverted }: CurrentState): string[] {
  if (waiting === undefined)
    return reverted
      ? ['reverted: the last change was not kept; the file still has it, and portfwd apply loads it']
      : [];
  const { command, user, left } = waiting;
  const change = `"${command}" by ${user} waits for confirmation, ${left} s left`;
  return [escapeControls(`waiting: ${change}; portfwd confirm keeps it, portfwd rollback reverts it now`)];
}

function fileCause({ waiting, reverted }: CurrentState): string | undefined {
  if (waiting?.changesFile === true) return 'the change that waits is not in the file yet';
  return reverted ? 'the file has the change that was reverted' : undefined;
}

/** The differences, line by line. */
export function formatState(found: CurrentState, paint: Paint): string[] {
  const { kernel, sysctls, refusals, missed } = found;
  const values = sysctls.map(({ path, before, after }) => ({
    sign: '~' as const,
    name: `sysctl ${sysctlName(path)}`,
    text: `is ${before ?? 'absent'}, should be ${after}`,
  }));
  const bypassing = missed.map(({ forward, flows }) => ({
    sign: '~' as const,
    name: forward,
    text: flows === 1 ? '1 flow bypasses it' : `${flows} flows bypass it`,
  }));
  return [
    ...(kernel.state === 'drifted' ? formatDrift(kernel, fileCause(found), paint) : []),
    ...block('sysctls', values, paint),
    ...refusals.map(refusalLine),
    ...block('UDP flows', bypassing, paint),
  ];
}

const block = (title: string, lines: readonly Line[], paint: Paint): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...formatLines(lines, paint).map((line) => `  ${line}`)];

/**
 * If the state is drifted: `changes` is what the file changes, `kernel` how the table differs from what was loaded,
 * `sysctls` what the forwards need, `refusal` why apply could not set that, and `missed` the UDP flows that bypass a forward.
 */
export function stateJson(found: CurrentState) {
  const { state, waiting, reverted } = found;
  return {
    ...(waiting === undefined ? {} : { waiting }),
    ...(reverted ? { reverted } : {}),
    ...(state === 'drifted' ? driftJson(found) : {}),
  };
}

function driftJson({ kernel, sysctls, refusals, missed }: CurrentState) {
  const drifted = kernel.state === 'drifted' ? kernel : undefined;
  const isBlocked = sysctls.length + refusals.length > 0;
  return {
    causes: [...(drifted?.causes ?? []), ...(isBlocked ? ['sysctl'] : []), ...(missed.length > 0 ? ['flows'] : [])],
    changes: {
      forwards: drifted?.model?.changes.map(changeJson) ?? [],
      settings: drifted?.model?.settings ?? [],
    },
    kernel: tableJson(drifted?.table ?? { mappings: [], objects: [] }),
    sysctls: sysctls.map(sysctlJson),
    refusal: refusalsJson(refusals)[0] ?? null,
    ...(missed.length > 0 ? { missed } : {}),
  };
}
