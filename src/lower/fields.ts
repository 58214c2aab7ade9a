import type { Binding } from '../model/binding.ts';
import { maskOf } from '../model/prefix.ts';
import type { DataType, Family, Field, Match, Prefix, Scalar } from '../ruleset/ruleset.ts';

export const SADDR: Record<Family, Field> = {
  ip: { kind: 'payload', protocol: 'ip', field: 'saddr' },
  ip6: { kind: 'payload', protocol: 'ip6', field: 'saddr' },
};
export const DADDR: Record<Family, Field> = {
  ip: { kind: 'payload', protocol: 'ip', field: 'daddr' },
  ip6: { kind: 'payload', protocol: 'ip6', field: 'daddr' },
};
/** The address that the client connected to, before translation. */
export const ORIGINAL_DADDR: Record<Family, Field> = {
  ip: { kind: 'ct-original', key: 'ip daddr' },
  ip6: { kind: 'ct-original', key: 'ip6 daddr' },
};
/** The target, in both directions of a connection. */
export const REPLY_SADDR: Record<Family, Field> = {
  ip: { kind: 'ct-reply', key: 'ip saddr' },
  ip6: { kind: 'ct-reply', key: 'ip6 saddr' },
};
export const ORIGINAL_DPORT: Field = { kind: 'ct-original', key: 'proto-dst' };
export const L4PROTO: Field = { kind: 'meta', key: 'l4proto' };
export const DPORT: Field = { kind: 'payload', protocol: 'th', field: 'dport' };
export const IIFNAME: Field = { kind: 'meta', key: 'iifname' };
/** `bridge`, `veth`: the kind of the interface that the packet came in through. */
export const IIFKIND: Field = { kind: 'meta', key: 'iifkind' };
export const OIFNAME: Field = { kind: 'meta', key: 'oifname' };

/** The prefix of this length that contains the address: `ip saddr & 255.255.255.0`. For a whole address, the field itself. */
export const networkField = (family: Family, field: 'saddr' | 'daddr', length: number): Field =>
  length === ADDRESS_BITS[family]
    ? { kind: 'payload', protocol: family, field }
    : { kind: 'network', protocol: family, field, length, mask: maskOf(family, length) };

const ADDRESS_BITS: Record<Family, number> = { ip: 32, ip6: 128 };

export const FAMILIES = ['ip', 'ip6'] as const;

export const ADDRESS_TYPE: Record<Family, DataType> = { ip: 'ipv4_addr', ip6: 'ipv6_addr' };

/** The suffix of our names: `pf_addr4`, `pf_addr6`. */
export const DIGIT: Record<Family, string> = { ip: '4', ip6: '6' };

/** `field value` */
export const equals = (field: Field, value: Scalar | Prefix): Match => ({ kind: 'compare', field, op: '==', value });

/** `field value`, or `field { value, value }`. */
export function inValues(field: Field, values: readonly Scalar[]): Match {
  const [only, ...more] = values;
  return only !== undefined && more.length === 0 ? equals(field, only) : { kind: 'in-values', field, values };
}

/** `field != value`, or `field != { value, value }`. */
export function notInValues(field: Field, values: readonly Scalar[]): Match {
  const [only, ...more] = values;
  return only !== undefined && more.length === 0
    ? { kind: 'compare', field, op: '!=', value: only }
    : { kind: 'in-values', field, values, op: '!=' };
}

/** `field 10.0.0.0/24` */
export function inPrefix(field: Field, prefix: string): Match {
  const [address = '', length] = prefix.split('/');
  return equals(field, { kind: 'prefix', address, length: Number(length) });
}

/** `meta l4proto { tcp, udp }`: the protocols of the bindings, each once and in a fixed order. */
export const hasProtocolOf = (bindings: readonly Binding[]): Match =>
  inValues(
    L4PROTO,
    (['tcp', 'udp', 'sctp'] as const).filter((protocol) => bindings.some((binding) => binding.protocol === protocol)),
  );
