import type { Family, MapElement, NamedMap, Rule } from '../ruleset/ruleset.ts';
import { isOneElement, type RuleBinding } from './binding.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, DPORT, L4PROTO, oneOf } from './fields.ts';

/** Maps and the rule that looks them up. */
export interface Dispatch {
  readonly maps: readonly NamedMap[];
  readonly rules: readonly Rule[];
}

/**
 * Two maps, since nft up to 1.0.9 takes no named map with an address and a port as data from JSON.
 * A key that one of them lacks ends the rule without NAT.
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
): Dispatch {
  const ports = bindings.filter((binding) => !isOneElement(binding));
  if (ports.length === 0) return { maps: [], rules: [] };
  const [addr, port] = [`${prefix}addr${DIGIT[family]}`, `${prefix}port${DIGIT[family]}`];
  const elements = elementsOf(ports, withAddress);
  const type = withAddress
    ? ([ADDRESS_TYPE[family], 'inet_proto', 'inet_service'] as const)
    : (['inet_proto', 'inet_service'] as const);
  const key = withAddress ? ([DADDR[family], L4PROTO, DPORT] as const) : ([L4PROTO, DPORT] as const);
  return {
    maps: [
      { name: addr, type, data: ADDRESS_TYPE[family], interval: false, elements: elements.addresses },
      { name: port, type, data: 'inet_service', interval: false, elements: elements.toPorts },
    ],
    rules: [
      {
        match: [oneOf(L4PROTO, protocolsOf(ports))],
        statement: { kind: 'dnat', family, address: { key, map: addr }, port: { key, map: port } },
      },
    ],
  };
}

/** One for each port of each binding, in both maps. */
function elementsOf(bindings: readonly RuleBinding[], withAddress: boolean) {
  const addresses: MapElement[] = [];
  const toPorts: MapElement[] = [];
  for (const { forward, listen, protocol, targetPorts, comment } of bindings) {
    const { address, ports, path: origin } = listen;
    for (let port = ports.first; port <= ports.last; port += 1) {
      const key = withAddress && address !== undefined ? [address, protocol, port] : [protocol, port];
      addresses.push({ key, data: forward.target.address, comment, origin });
      toPorts.push({ key, data: targetPorts.first + port - ports.first, origin });
    }
  }
  return { addresses, toPorts };
}

/** In a fixed order, each once. */
export const protocolsOf = (bindings: readonly RuleBinding[]): string[] =>
  (['tcp', 'udp', 'sctp'] as const).filter((protocol) => bindings.some((binding) => binding.protocol === protocol));
