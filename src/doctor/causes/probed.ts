import type { HostBinding } from '../../diagnose/binding.ts';
import type { Case } from '../case.ts';
import { probeKey, type Evidence, type Probed } from '../evidence.ts';

/** What a connection of this host to the first port of a target met. */
export interface ResultOf extends Probed {
  readonly binding: HostBinding;
}

export const resultsOf = ({ bindings }: Case, { probes }: Evidence): readonly ResultOf[] =>
  bindings.flatMap((binding) => {
    const found = probes?.get(probeKey(binding.protocol, binding.forward.target.address, binding.targetPorts.first));
    return found === undefined ? [] : [{ ...found, binding }];
  });
