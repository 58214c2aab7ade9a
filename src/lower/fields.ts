import type { DataType, Family, Field, Match, Scalar, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';

export const SADDR: Record<Family, Field> = {
  ip: { kind: 'payload', protocol: 'ip', field: 'saddr' },
  ip6: { kind: 'payload', protocol: 'ip6', field: 'saddr' },
};
export const DADDR: Record<Family, Field> = {
  ip: { kind: 'payload', protocol: 'ip', field: 'daddr' },
  ip6: { kind: 'payload', protocol: 'ip6', field: 'daddr' },
};
/** The address the client wrote, before translation. */
export const ORIGINAL_DADDR: Record<Family, Field> = {
  ip: { kind: 'ct-original', key: 'ip daddr' },
  ip6: { kind: 'ct-original', key: 'ip6 daddr' },
};
export const ORIGINAL_DPORT: Field = { kind: 'ct-original', key: 'proto-dst' };
export const L4PROTO: Field = { kind: 'meta', key: 'l4proto' };
export const DPORT: Field = { kind: 'payload', protocol: 'th', field: 'dport' };
export const IIFNAME: Field = { kind: 'meta', key: 'iifname' };
export const OIFNAME: Field = { kind: 'meta', key: 'oifname' };

export const ADDRESS_TYPE: Record<Family, DataType> = { ip: 'ipv4_addr', ip6: 'ipv6_addr' };

/** The suffix of our names: `pf_addr4`, `pf_addr6`. */
export const DIGIT: Record<Family, string> = { ip: '4', ip6: '6' };

/** `field value`, or `field { value, value }`. */
export function oneOf(field: Field, values: readonly Scalar[]): Match {
  const [only, ...more] = values;
  return only !== undefined && more.length === 0
    ? { kind: 'compare', field, op: '==', value: only }
    : { kind: 'one-of', field, values };
}

/** `field 10.0.0.0/24` */
export function inPrefix(field: Field, prefix: string): Match {
  const [address = '', length] = prefix.split('/');
  return { kind: 'compare', field, op: '==', value: { kind: 'prefix', address, length: Number(length) } };
}

/**
 * Only the first packet of a TCP connection is anybody's business: an open session goes on as it is, even
 * where conntrack did not see it begin (fact 11).
 *
 *     tcp flags & (fin | syn | rst | ack) != syn return
 */
export const returnUnlessFirst = (bindings: readonly RuleBinding[]): Rule[] =>
  bindings.some(({ protocol }) => protocol === 'tcp')
    ? [{ match: [{ kind: 'not-syn' }], statement: { kind: 'return' } }]
    : [];
