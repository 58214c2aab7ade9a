import { diagnoseGuardDrops } from '../diagnose/guard-drops.ts';
import { cause, type Cause } from './cause.ts';
import type { Evidence } from './evidence.ts';

/** What concerns the host as a whole, and the next boot. */
export function hostCauses({ boot, facts, portfwd }: Evidence): readonly Cause[] {
  if (boot === undefined) return [];
  return [
    ...boot.unguarded.map((what) => cause('unguarded', 'fault', what, `run: ${portfwd('apply')}`)),
    ...boot.problems.map(({ message, remedy }) => cause('boot-differs', 'fault', message, remedy)),
    ...diagnoseGuardDrops(boot.guardDrops, facts).map(({ message, remedy }) =>
      cause('guard-drops', 'note', message, remedy),
    ),
    ...(boot.enabled
      ? []
      : [
          cause(
            'boot-not-enabled',
            'note',
            'the forwards are not loaded at boot',
            `if they should be, run: ${portfwd('enable')}`,
          ),
        ]),
  ];
}

/** What could not be looked at, as clauses. */
export function unknowns({
  kernel,
  chains,
  flows,
  neighbours,
  probes,
  seen,
  earlyChains,
}: Evidence): readonly string[] {
  return [
    ...(kernel === undefined ? ['the table of portfwd in the kernel: this needs root'] : []),
    ...(chains === undefined ? ['the rules of other programs: this needs root and nft'] : []),
    ...(flows === undefined ? ['the connections of clients: this needs root and conntrack'] : []),
    ...(neighbours === undefined || seen.links === undefined ? ['interfaces and their neighbours: ip failed'] : []),
    ...(probes === undefined ? ['whether the targets answer: --no-probe'] : []),
    ...(earlyChains.length === 0 ? [] : [`chains that see packets before the hooks of IP: ${earlyChains.join(', ')}`]),
  ];
}
