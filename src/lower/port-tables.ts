import type { Family, MapElement, NamedMap, Rule } from '../ruleset/ruleset.ts';
import type { Claim } from './binding.ts';
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
 * Claims with an address have `ip daddr` in front of the key.
 */
export function lowerPorts(claims: readonly Claim[], family: Family, prefix: string, withAddress: boolean): Dispatch {
  const ports = claims.filter(({ shape }) => shape === 'ports');
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

/** One for each port of each claim, in both maps. */
function elementsOf(claims: readonly Claim[], withAddress: boolean) {
  const addresses: MapElement[] = [];
  const toPorts: MapElement[] = [];
  for (const { ports, target, address, protocol, comment, origin } of claims) {
    for (let port = ports.first; port <= ports.last; port += 1) {
      const key = withAddress && address !== undefined ? [address, protocol, port] : [protocol, port];
      addresses.push({ key, data: target.address, comment, origin });
      toPorts.push({ key, data: target.ports.first + port - ports.first, origin });
    }
  }
  return { addresses, toPorts };
}

/** In a fixed order, each once. */
export const protocolsOf = (claims: readonly Claim[]): string[] =>
  (['tcp', 'udp', 'sctp'] as const).filter((protocol) => claims.some((claim) => claim.protocol === protocol));
