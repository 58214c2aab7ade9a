import { bindingsOf, type Binding } from '../model/binding.ts';
import { groupBy } from '../model/group-by.ts';
import { lengthOf, type Forward } from '../model/model.ts';
import { indexPorts } from '../model/port-index.ts';
import type { CountedElement } from './snapshot.ts';

export type Place = Pick<CountedElement, 'protocol' | 'address' | 'port' | 'target' | 'targetPort'>;

/**
 * Finds the forward that a counted place belongs to, by its listen. What was counted for an earlier target of the same
 * listen still belongs to it. Undefined: none of these forwards listens there.
 */
export function attributeTo(forwards: readonly Forward[]): (place: Place) => Forward | undefined {
  const bindings = bindingsOf(forwards);
  const single = groupBy(
    bindings.filter((binding) => !isRange(binding)),
    ({ protocol, listen }) => `${protocol} ${listen.ports.first}`,
  );
  const ranges = indexPorts(bindings.filter(isRange), ({ listen }) => listen.ports);
  return (place) => {
    const { protocol, port } = place;
    const found = [
      ...(single.get(`${protocol} ${port}`) ?? []),
      ...[...ranges.overlapping({ first: port, last: port })].filter((binding) => binding.protocol === protocol),
    ];
    return best(found, place)?.forward;
  };
}

const isRange = ({ listen }: Binding): boolean => lengthOf(listen.ports) > 1;

/** Listens on the same port can have conditions on interfaces, which are not counted. They differ by their targets. */
function best(bindings: readonly Binding[], place: Place): Binding | undefined {
  const family = place.address.includes(':') ? 'ip6' : 'ip';
  let found: Binding | undefined;
  for (const binding of bindings) {
    const { forward, listen } = binding;
    if (forward.family !== family || (listen.address ?? place.address) !== place.address) continue;
    if (found === undefined || rankOf(binding, place) < rankOf(found, place)) found = binding;
  }
  return found;
}

/** The kernel prefers a listen on one address to one on an interface, and that one to one on every address. */
function rankOf({ forward, listen, targetPorts }: Binding, { port, target, targetPort }: Place): number {
  const listens = listen.address === undefined ? (listen.interface === undefined ? 2 : 1) : 0;
  const isPort = targetPorts.first + port - listen.ports.first === targetPort;
  const goes = forward.target.address === target ? (isPort ? 0 : 1) : 2;
  return goes * 3 + listens;
}
