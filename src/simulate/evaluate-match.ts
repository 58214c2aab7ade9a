import type { Match, Prefix, Ruleset, Scalar } from '../ruleset/ruleset.ts';
import { familyOf, fieldValue } from './field.ts';
import { findElement, type Found } from './find-element.ts';
import type { PacketState } from './packet.ts';
import { isInPrefix } from './element-index.ts';

/** The elements that a match looked up: none, unless it asks a set. Undefined if the packet does not match. */
export function evaluateMatch(ruleset: Ruleset, match: Match, packet: PacketState): readonly Found[] | undefined {
  if (match.kind !== 'in-set') return holds(match, packet) ? [] : undefined;
  const found = findElement(ruleset.sets, match.set, match.key, packet);
  return found === undefined ? undefined : [found];
}

function holds(match: Exclude<Match, { kind: 'in-set' }>, packet: PacketState): boolean {
  switch (match.kind) {
    case 'compare': {
      const value = fieldValue(match.field, packet);
      return value !== undefined && isValue(value, match.value) === (match.op === '==');
    }
    case 'in-values': {
      const value = fieldValue(match.field, packet);
      return value !== undefined && match.values.some((one) => isValue(value, one)) === (match.op !== '!=');
    }
    case 'fib-local':
      return isFibLocal(match, packet) === (match.op !== '!=');
    case 'tcp-not-first':
      return packet.protocol === 'tcp' && !packet.syn;
    case 'tcp-syn':
      return packet.protocol === 'tcp' && packet.syn;
    case 'ct-dnat':
      return packet.tracked === true && packet.translated;
    case 'ct-nat':
      return packet.tracked === true && (packet.translated || packet.masqueraded);
    case 'ct-state':
      return packet.tracked === true;
    case 'not-routed':
      return packet.path === 'own';
    case 'family':
      return familyOf(packet.destination) === match.family;
  }
}

const LINK_LOCAL: Prefix = { kind: 'prefix', address: 'fe80::', length: 10 };

/** The kernel looks up an IPv6 link-local address on the link of the packet only. */
function isFibLocal(match: Extract<Match, { kind: 'fib-local' }>, packet: PacketState): boolean {
  const address = match.of === 'saddr' ? packet.source : packet.destination;
  const { local, interfaces = [] } = packet.route(address);
  const isOfLink = packet.path === 'incoming' && match.of === 'daddr' && isInPrefix(address, LINK_LOCAL);
  if (match.interface === undefined && !isOfLink) return local;
  const name = match.interface === 'oif' ? packet.route(packet.destination).oifname : packet.iifname;
  return local && name !== undefined && interfaces.includes(name);
}

function isValue(value: Scalar, expected: Scalar | Prefix): boolean {
  if (typeof expected === 'object') return isInPrefix(`${value}`, expected);
  if (typeof expected === 'string' && expected.endsWith('*')) return `${value}`.startsWith(expected.slice(0, -1));
  return value === expected;
}
