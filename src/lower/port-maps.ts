import type { Family, NamedMap, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { portElements } from './elements.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, DPORT, hasProtocolOf, L4PROTO } from './fields.ts';

/** Maps, and the rules that look them up. */
export interface MapRules {
  readonly maps: readonly NamedMap[];
  readonly rules: readonly Rule[];
}

/**
 * One element for each port, in two maps: nft up to 1.0.9 cannot read a named map with an address and a port as data
 * from JSON (docs/netfilter.md, fact 21). If a key is missing in one of them, there is no NAT.
 *
 *     meta l4proto { tcp, udp } dnat ip to
 *       meta l4proto . th dport map @pf_addr4 : meta l4proto . th dport map @pf_port4
 *
 * Bindings with an address have `ip daddr` in front of the key.
 */
export function lowerPorts(
  bindings: readonly RuleBinding[],
  family: Family,
  prefix: string,
  withAddress: boolean,
): MapRules {
  if (bindings.length === 0) return { maps: [], rules: [] };
  const [addressMap, portMap] = [`${prefix}addr${DIGIT[family]}`, `${prefix}port${DIGIT[family]}`];
  const { addresses, ports } = portElements(bindings);
  const type = withAddress
    ? ([ADDRESS_TYPE[family], 'inet_proto', 'inet_service'] as const)
    : (['inet_proto', 'inet_service'] as const);
  const key = withAddress ? ([DADDR[family], L4PROTO, DPORT] as const) : ([L4PROTO, DPORT] as const);
  return {
    maps: [
      { name: addressMap, type, data: ADDRESS_TYPE[family], interval: false, elements: addresses },
      { name: portMap, type, data: 'inet_service', interval: false, elements: ports },
    ],
    rules: [
      {
        match: [hasProtocolOf(bindings)],
        statement: { kind: 'dnat', family, address: { key, map: addressMap }, port: { key, map: portMap } },
      },
    ],
  };
}
