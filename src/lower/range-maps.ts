import { groupBy } from '../model/group-by.ts';
import type { Family } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { addressRangeElement, rangeElement } from './elements.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, DPORT, equals, hasProtocolOf, L4PROTO } from './fields.ts';
import type { MapRules } from './port-maps.ts';

/**
 * A range that keeps its ports needs no port in the dnat. Each protocol has an interval map with a single field as its
 * key: with a concatenated key the kernel's insertion is quadratic (20 000 elements: 3.9 s).
 *
 *     meta l4proto udp dnat ip to th dport map @pf_range_udp4
 */
export function lowerRanges(bindings: readonly RuleBinding[], family: Family, prefix: string): MapRules {
  const groups = [...groupBy(bindings, ({ protocol }) => protocol)].map(([protocol, group]) => ({
    protocol,
    group,
    map: `${prefix}range_${protocol}${DIGIT[family]}`,
  }));
  return {
    maps: groups.map(({ group, map }) => ({
      name: map,
      type: ['inet_service'] as const,
      data: ADDRESS_TYPE[family],
      interval: true,
      elements: group.map(rangeElement),
    })),
    rules: groups.map(({ protocol, map }) => ({
      match: [equals(L4PROTO, protocol)],
      statement: { kind: 'dnat', family, address: { key: [DPORT], map } },
    })),
  };
}

/**
 * With an address the key must be concatenated; there are few such ranges.
 *
 *     meta l4proto udp dnat ip to ip daddr . meta l4proto . th dport map @pf_listen_range4
 */
export function lowerAddressRanges(bindings: readonly RuleBinding[], family: Family, prefix: string): MapRules {
  if (bindings.length === 0) return { maps: [], rules: [] };
  const map = `${prefix}range${DIGIT[family]}`;
  return {
    maps: [
      {
        name: map,
        type: [ADDRESS_TYPE[family], 'inet_proto', 'inet_service'],
        data: ADDRESS_TYPE[family],
        interval: true,
        elements: bindings.map(addressRangeElement),
      },
    ],
    rules: [
      {
        match: [hasProtocolOf(bindings)],
        statement: { kind: 'dnat', family, address: { key: [DADDR[family], L4PROTO, DPORT], map } },
      },
    ],
  };
}
