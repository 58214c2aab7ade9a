import { bindingsOf, type Binding } from '../model/binding.ts';
import type { Forward } from '../model/model.ts';
import { indexPorts } from '../model/port-index.ts';

/** Whether forwards share a port of different interfaces, so that a listen does not tell which of them it belongs to. */
export function needsTargets(forwards: readonly Forward[]): boolean {
  if (!forwards.some(({ interfaces, listens }) => interfaces.length > 0 || listens.some(isOnInterface))) return false;
  const bindings = bindingsOf(forwards);
  const index = indexPorts(bindings, ({ listen }) => listen.ports);
  for (const one of bindings) {
    if (one.forward.interfaces.length === 0 && !isOnInterface(one.listen)) continue;
    for (const other of index.overlapping(one.listen.ports)) if (canBeMistaken(one, other)) return true;
  }
  return false;
}

const isOnInterface = (listen: Binding['listen']): boolean => listen.interface !== undefined;

const canBeMistaken = (one: Binding, other: Binding): boolean =>
  one.forward !== other.forward && one.protocol === other.protocol && one.forward.family === other.forward.family;
