import { groupBy } from '../model/group-by.ts';
import type { PortRange } from '../model/model.ts';
import type { Family, MapElement, Range } from '../ruleset/ruleset.ts';
import { isOneElement, type RuleBinding } from './binding.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, DPORT, L4PROTO, oneOf } from './fields.ts';
import { protocolsOf, type Dispatch } from './port-tables.ts';

/**
 * A range that keeps its ports needs no port in the dnat, and an interval map with a single field for each
 * protocol: with a concatenated key the kernel's insertion is quadratic (20 000 elements: 3.9 s).
 *
 *     meta l4proto udp dnat ip to th dport map @pf_range_udp4
 */
export function lowerRanges(bindings: readonly RuleBinding[], family: Family, prefix: string): Dispatch {
  const groups = groupBy(rangesIn(bindings), ({ protocol }) => protocol);
  const named = [...groups].map(([protocol, group]) => ({
    protocol,
    group,
    name: `${prefix}range_${protocol}${DIGIT[family]}`,
  }));
  return {
    maps: named.map(({ group, name }) => ({
      name,
      type: ['inet_service'] as const,
      data: ADDRESS_TYPE[family],
      interval: true,
      elements: group.map((binding) => element(binding, [])),
    })),
    rules: named.map(({ protocol, name }) => ({
      match: [oneOf(L4PROTO, [protocol])],
      statement: { kind: 'dnat', family, address: { key: [DPORT], map: name } },
    })),
  };
}

/**
 * With an address in front the key has to be concatenated; such ranges are few.
 *
 *     meta l4proto udp dnat ip to ip daddr . meta l4proto . th dport map @pf_listen_range4
 */
export function lowerAddressRanges(bindings: readonly RuleBinding[], family: Family, prefix: string): Dispatch {
  const ranges = rangesIn(bindings);
  if (ranges.length === 0) return { maps: [], rules: [] };
  const name = `${prefix}range${DIGIT[family]}`;
  const elements = ranges.map((binding) => element(binding, [binding.listen.address ?? '', binding.protocol]));
  return {
    maps: [
      {
        name,
        type: [ADDRESS_TYPE[family], 'inet_proto', 'inet_service'],
        data: ADDRESS_TYPE[family],
        interval: true,
        elements,
      },
    ],
    rules: [
      {
        match: [oneOf(L4PROTO, protocolsOf(ranges))],
        statement: { kind: 'dnat', family, address: { key: [DADDR[family], L4PROTO, DPORT], map: name } },
      },
    ],
  };
}

const rangesIn = (bindings: readonly RuleBinding[]): RuleBinding[] => bindings.filter(isOneElement);

const element = ({ forward, listen, comment }: RuleBinding, head: readonly string[]): MapElement => ({
  key: [...head, range(listen.ports)],
  data: forward.target.address,
  comment,
  origin: listen.path,
});

const range = ({ first, last }: PortRange): Range => ({ kind: 'range', first, last });
