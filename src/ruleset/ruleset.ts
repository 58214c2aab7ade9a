import type { ModelPath } from '../finding/finding.ts';

/** The nftables ruleset as data: no JSON, no text. Addresses are canonical, ports are numbers. */
export interface Ruleset {
  readonly table: { readonly family: 'inet'; readonly name: string };
  readonly sets: readonly NamedSet[];
  readonly maps: readonly NamedMap[];
  readonly chains: readonly Chain[];
}

export type Family = 'ip' | 'ip6';

export type Chain = BaseChain | RegularChain;

export interface BaseChain {
  readonly kind: 'base';
  readonly name: string;
  readonly type: 'nat' | 'filter';
  readonly hook: 'prerouting' | 'output' | 'postrouting' | 'forward';
  /** A number: nft 1.0.6 refuses the name dstnat on the output hook. */
  readonly priority: number;
  readonly rules: readonly Rule[];
}

export interface RegularChain {
  readonly kind: 'regular';
  readonly name: string;
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly match: readonly Match[];
  readonly statement: Statement;
}

/** A field of the packet, of its connection, or of the host's view of it. */
export type Field =
  | { readonly kind: 'payload'; readonly protocol: Family | 'th'; readonly field: 'saddr' | 'daddr' | 'dport' }
  | { readonly kind: 'meta'; readonly key: 'l4proto' | 'iifname' | 'oifname' }
  | { readonly kind: 'ct-original'; readonly key: 'proto-dst' | 'ip daddr' | 'ip6 daddr' };

/** One field, or several as a concatenation. */
export type Key = readonly [Field, ...Field[]];

export type Scalar = string | number;

export interface Prefix {
  readonly kind: 'prefix';
  readonly address: string;
  readonly length: number;
}

export interface Range {
  readonly kind: 'range';
  readonly first: number;
  readonly last: number;
}

export type Match =
  /** `iifname "eth0"`, `ip daddr 127.0.0.0/8`; a trailing `*` of an interface's name matches a prefix. */
  | { readonly kind: 'compare'; readonly field: Field; readonly op: '==' | '!='; readonly value: Scalar | Prefix }
  /** `meta l4proto { tcp, udp }`; two values at least. */
  | { readonly kind: 'one-of'; readonly field: Field; readonly values: readonly Scalar[] }
  /** `ip saddr . ip daddr @pf_self4` */
  | { readonly kind: 'in-set'; readonly key: Key; readonly set: string }
  /** `fib daddr type local`: an address of this host, now. */
  | { readonly kind: 'local'; readonly of: 'saddr' | 'daddr' }
  /** `tcp flags & (fin | syn | rst | ack) != syn`: not the first packet of a connection. */
  | { readonly kind: 'not-syn' }
  /** `ct status dnat` */
  | { readonly kind: 'ct-dnat' }
  /** `ct state new` */
  | { readonly kind: 'ct-new' }
  /** `meta nfproto ipv4` */
  | { readonly kind: 'family'; readonly family: Family };

export interface Lookup {
  readonly key: Key;
  readonly map: string;
}

export type Statement =
  /** A key that a map lacks ends the rule without a verdict. */
  | { readonly kind: 'dnat'; readonly family: Family; readonly address: Lookup; readonly port?: Lookup }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'return' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string };

export type DataType = 'ipv4_addr' | 'ipv6_addr' | 'inet_proto' | 'inet_service';

export interface NamedSet {
  readonly name: string;
  readonly type: readonly [DataType, ...DataType[]];
  /** Elements may hold ranges and prefixes. */
  readonly interval: boolean;
  readonly elements: readonly Element[];
}

export interface NamedMap extends Omit<NamedSet, 'elements'> {
  readonly data: DataType;
  readonly elements: readonly MapElement[];
}

export interface Element {
  readonly key: readonly (Scalar | Prefix | Range)[];
  /** The forward's name, for whoever reads `nft list ruleset`. */
  readonly comment?: string | undefined;
  /** The place in the model this element carries out. */
  readonly origin: ModelPath;
}

export interface MapElement extends Element {
  readonly data: Scalar;
}
