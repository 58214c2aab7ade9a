import { shellWord } from '../../diagnose/printed-command.ts';
import { isError } from '../../finding/finding.ts';
import type { Forward } from '../../model/model.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence, KernelState } from '../evidence.ts';

export const disabled = ({ forward }: Case, { portfwd }: Evidence): Cause[] =>
  forward.enabled
    ? []
    : [
        cause(
          'disabled',
          'fault',
          'the file says enabled: false, so the kernel does not hold it',
          `run: ${portfwd(`set ${shellWord(forward.name)} enabled=true`)}`,
        ),
      ];

export function foreignTable({ forward }: Case, { kernel, portfwd }: Evidence): Cause[] {
  if (!forward.enabled || kernel?.state !== 'foreign') return [];
  return [
    cause(
      'foreign-table',
      'fault',
      'the table inet portfwd in the kernel is not of portfwd, so the forward is not loaded',
      `run: ${portfwd('apply --adopt')}; it saves a copy of the table and replaces it`,
    ),
  ];
}

export function notLoaded({ forward, findings }: Case, { kernel }: Evidence): Cause[] {
  if (!forward.enabled || kernel === undefined || kernel.state === 'foreign') return [];
  if (kernel.stateOf(forward) !== 'missing') return [];
  const refusal = findings.find(isError);
  const what = `the kernel does not hold it${kernel.state === 'missing' ? ': no forwards are loaded' : ''}`;
  if (refusal !== undefined && kernel.waiting === undefined)
    return [cause('not-loaded', 'fault', `${what}, and apply refuses it: ${refusal.message}`, refusal.remedy)];
  return [cause('not-loaded', 'fault', `${what}${whyText(kernel)}`, applyAgain(kernel))];
}

export function drifted({ forward }: Case, { kernel }: Evidence): Cause[] {
  if (kernel === undefined || !isDrifted(forward, kernel) || kernel.isAsInFile(forward)) return [];
  const message = `the kernel holds it, but not as the file says: ${driftText(kernel)}`;
  return [cause('drifted', 'fault', message, applyAgain(kernel))];
}

/** The forward itself is as in the file. The rules that all forwards share are those of the host as it was. */
export function hostChanged({ forward }: Case, { kernel }: Evidence): Cause[] {
  if (kernel?.byHost !== true || !isDrifted(forward, kernel) || !kernel.isAsInFile(forward)) return [];
  return [
    cause(
      'host-changed',
      'doubt',
      'addresses or routes of this host changed since the file was applied, and rules that all forwards share depend on them',
      applyAgain(kernel),
    ),
  ];
}

const isDrifted = (forward: Forward, { stateOf }: KernelState): boolean =>
  forward.enabled && stateOf(forward) === 'drifted';

function driftText({ byHand, byFile }: KernelState): string {
  if (byFile) return 'the file was changed since it was applied';
  return byHand
    ? 'another program or a user changed the table of portfwd'
    : 'this host was changed since the file was applied';
}

function whyText({ reverted, waiting }: KernelState): string {
  if (waiting !== undefined) return ', and a change waits for confirmation';
  return reverted ? ', because the last change was not kept' : '';
}

/** While a change waits, apply is refused. */
const applyAgain = ({ waiting, apply }: KernelState): string => waiting ?? `run: ${apply}`;

/** Of routing, `routing-off` tells more. */
export function sysctlOff(one: Case, { kernel }: Evidence): Cause[] {
  const { forward } = one;
  if (!forward.enabled || kernel === undefined || !kernel.blockedBySysctl(forward)) return [];
  if (!one.local && (!forward.loopback || kernel.sysctls.length === 0)) return [];
  const which = kernel.sysctls.length === 0 ? 'route_localnet' : kernel.sysctls.join(', ');
  return [cause('sysctl-off', 'fault', `a sysctl that it needs is off: ${which}`, `run: ${kernel.apply}; it sets it`)];
}

/** UDP flows that began before the forward was loaded go on without it. */
export function flowsBypass({ forward }: Case, { kernel }: Evidence): Cause[] {
  const flows = kernel?.bypassing.get(forward.name) ?? 0;
  if (kernel === undefined || flows === 0) return [];
  return [
    cause(
      'flows-bypass',
      'fault',
      `${flows} UDP ${flows === 1 ? 'flow' : 'flows'} began before it was loaded, and ${flows === 1 ? 'bypasses' : 'bypass'} it`,
      `run: ${kernel.apply}; it ends them, and the next packet is forwarded`,
    ),
  ];
}
