import type { PortRange } from '../../model/model.ts';
import { fieldText } from '../../nft-json/field-text.ts';
import type { Json } from '../../nft-json/objects.ts';
import { valuesOf } from '../../nft-json/value-text.ts';
import * as ask from './conditions.ts';
import { not, UNKNOWN, type Condition } from './rule.ts';

/** `tcp dport 80`, `ct state != new` */
export function readMatch({ op, left, right }: Json): Condition[] {
  if (op === '!=' || op === '==' || op === 'in') return compare(left, right, op === '!=' ? not : (same) => same);
  return [UNKNOWN];
}

/**
 * The conditions of a match, or of a lookup in a map with the keys `right`. `tcp dport != 22` matches TCP only: the
 * negation is about the port alone. The elements of a named set (`@name`) are not known, except those of a set of ports,
 * which `host` puts in place of the name.
 */
export function compare(
  left: unknown,
  right: unknown,
  negate: (condition: Condition) => Condition = (same) => same,
): Condition[] {
  const values = valuesOf(right);
  const field = fieldText(left);
  const protocol = /^(tcp|udp|sctp) dport$/.exec(field)?.[1];
  const name = protocol === undefined ? field : 'th dport';
  const read = markReader(field) ?? (Object.hasOwn(READERS, name) ? READERS[name] : undefined);
  const condition = values === undefined || read === undefined ? undefined : read(values);
  return [
    ...(protocol === undefined ? [] : [ask.isProtocol([protocol])]),
    condition === undefined ? UNKNOWN : negate(condition),
  ];
}

const READERS: Readonly<Record<string, (values: readonly string[]) => Condition | undefined>> = {
  'ip daddr': ask.isDestination,
  'ip saddr': ask.hasSource,
  'ip6 saddr': ask.hasSource,
  'ip6 daddr': ask.isDestination,
  'th dport': (values) => ask.isPort(values.map(portsOf)),
  'ip protocol': ask.isProtocol,
  'ip6 nexthdr': ask.isProtocol,
  'meta l4proto': ask.isProtocol,
  'meta nfproto': ([value]) => ask.isFamily(value === 'ipv6' ? 'ip6' : 'ip'),
  iifname: ask.comesIn,
  iif: ask.comesIn,
  oifname: ask.leaves,
  oif: ask.leaves,
  'fib daddr type': ask.isDestinationType,
  'ct state': ask.hasState,
  'ct direction': ask.hasDirection,
  'ct status': (values) => (values.includes('dnat') ? ask.isTranslated() : undefined),
  'ct original proto-dst': (values) => ask.isOriginalPort(values.map(portsOf)),
  'ct original ip daddr': ask.isOriginalDestination,
  'ct original ip6 daddr': ask.isOriginalDestination,
  'ct reply proto-src': (values) => ask.isReplySourcePort(values.map(portsOf)),
  'ct reply ip saddr': ask.isReplySource,
  'ct reply ip6 saddr': ask.isReplySource,
};

/** `meta mark`, or `ct mark & (255)` */
function markReader(field: string): ((values: readonly string[]) => Condition | undefined) | undefined {
  const [, key, mask] = /^(meta|ct) mark(?: & \((\d+)\))?$/.exec(field) ?? [];
  if (key === undefined) return undefined;
  const of = key === 'meta' ? 'packet' : 'connection';
  return (values) =>
    values.every((value) => /^\d+(-\d+)?$/.test(value))
      ? ask.hasMark(of, values.map(portsOf), Number(mask ?? 0xffffffff))
      : undefined;
}

function portsOf(text: string): PortRange {
  const [first = 0, last = first] = text.split('-').map(Number);
  return { first, last };
}
