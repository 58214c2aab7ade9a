import { bindingsOf, type Binding } from '../model/binding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Forward } from '../model/model.ts';
import { indexPorts } from '../model/port-index.ts';
import type { Flow } from './flow.ts';

/** Finds the bindings that may have translated a flow. */
export interface BindingIndex {
  /** Those that listen on the flow's original destination; their interfaces and sources are not considered. */
  readonly listeningOn: (flow: Flow) => readonly Binding[];
  /** Some binding forwards from the flow's destination address to its target address, on any port. */
  readonly forwardsTo: (flow: Flow) => boolean;
}

export function indexBindings(forwards: readonly Forward[]): BindingIndex {
  const bindings = bindingsOf(forwards);
  const groups = groupBy(
    bindings,
    ({ forward, listen, protocol }) => `${forward.family} ${protocol} ${listen.address ?? ANY}`,
  );
  const indexes = new Map([...groups].map(([key, group]) => [key, indexPorts(group, ({ listen }) => listen.ports)]));
  const targets = new Set(
    bindings.map(({ forward: { family, target }, listen, protocol }) =>
      targetKey({ family, protocol }, listen.address ?? ANY, target.address),
    ),
  );
  return {
    listeningOn: ({ family, protocol, destination, destinationPort }) =>
      [destination, ANY].flatMap((address) => [
        ...(indexes
          .get(`${family} ${protocol} ${address}`)
          ?.overlapping({ first: destinationPort, last: destinationPort }) ?? []),
      ]),
    forwardsTo: (flow) =>
      [flow.destination, ANY].some((address) => targets.has(targetKey(flow, address, flow.replySource))),
  };
}

const ANY = '*';

const targetKey = ({ family, protocol }: Pick<Flow, 'family' | 'protocol'>, address: string, target: string): string =>
  `${family} ${protocol} ${address} ${target}`;
