import type { ModelPath } from '../finding/finding.ts';

/** An nftables table as data, neither JSON nor text. Addresses are canonical, ports are numbers. */
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
  /** A number: nft 1.0.6 refuses the name dstnat on the output hook (docs/netfilter.md, fact 24). */
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

/** A field of the packet, its conntrack entry (`ct original`, `ct reply`) or its metadata. */
export type Field =
  | { readonly kind: 'payload'; readonly protocol: Family | 'th'; readonly field: 'saddr' | 'daddr' | 'dport' }
  /** `ip saddr & 255.255.255.0`: the first address of the prefix of this length that contains the address. */
  | {
      readonly kind: 'network';
      readonly protocol: Family;
      readonly field: 'saddr' | 'daddr';
      readonly length: number;
      readonly mask: string;
    }
  | { readonly kind: 'meta'; readonly key: 'l4proto' | 'iifname' | 'iifkind' | 'oifname' }
  | { readonly kind: 'ct-original'; readonly key: 'proto-dst' | 'ip daddr' | 'ip6 daddr' }
  /** The address that replies come from: the target, in both directions of the connection. */
  | { readonly kind: 'ct-reply'; readonly key: 'ip saddr' | 'ip6 saddr' };

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
  /** `iifname "eth0"`, `iifname "ppp*"`, `ip daddr 127.0.0.0/8` */
  | { readonly kind: 'compare'; readonly field: Field; readonly op: '==' | '!='; readonly value: Scalar | Prefix }
  /** `meta l4proto { tcp, udp }`, `iifname != { "eth0", "eth1" }`; at least two values. */
  | { readonly kind: 'in-values'; readonly field: Field; readonly values: readonly Scalar[]; readonly op?: '!=' }
  /** `ip saddr . ip daddr @pf_self4` */
  | { readonly kind: 'in-set'; readonly key: Key; readonly set: string }
  /**
   * `fib daddr type local`: an address that this host has when the packet arrives.
   * `fib daddr . iif type local`: an address of the interface that the packet came in through; not on the output hook.
   * `fib saddr . oif type local`: an address of the interface through which the packet leaves.
   */
  | {
      readonly kind: 'fib-local';
      readonly of: 'saddr' | 'daddr';
      readonly interface?: 'iif' | 'oif';
      readonly op?: '!=';
    }
  /** `tcp flags & (fin | syn | rst | ack) != syn`: any packet of a TCP connection but the first. */
  | { readonly kind: 'tcp-not-first' }
  /** `tcp flags & (syn | rst) == syn`: the first packet of each direction of a TCP connection. */
  | { readonly kind: 'tcp-syn' }
  /** `ct status dnat` */
  | { readonly kind: 'ct-dnat' }
  /** `ct status snat,dnat`: source or destination was translated. */
  | { readonly kind: 'ct-nat' }
  /** `ct state invalid,new,untracked` */
  | { readonly kind: 'ct-state'; readonly states: readonly [TrackingState, ...TrackingState[]] }
  /** `iif 0`, in postrouting: the packet was not routed from one interface to another. */
  | { readonly kind: 'not-routed' }
  /** `meta nfproto ipv4` */
  | { readonly kind: 'family'; readonly family: Family };

type TrackingState = 'invalid' | 'new' | 'untracked';

export interface Lookup {
  readonly key: Key;
  readonly map: string;
}

export type Statement =
  /** `dnat ip to … map @pf_addr4 : … map @pf_port4`; if a map does not have the key, the rule does not apply. */
  | { readonly kind: 'dnat'; readonly family: Family; readonly address: Lookup; readonly port?: Lookup }
  | { readonly kind: 'masquerade' }
  /** `tcp option maxseg size set rt mtu`: lowers the MSS to what the routes of both directions allow. */
  | { readonly kind: 'clamp-mss' }
  | { readonly kind: 'return' }
  /** `drop`, or `counter drop`. */
  | { readonly kind: 'drop'; readonly counted?: true }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string };

export type DataType = 'ipv4_addr' | 'ipv6_addr' | 'inet_proto' | 'inet_service';

export interface NamedSet {
  readonly name: string;
  readonly type: readonly [DataType, ...DataType[]];
  /** Keys may contain ranges and prefixes (`flags interval`). */
  readonly interval: boolean;
  readonly elements: readonly Element[];
}

export interface NamedMap extends Omit<NamedSet, 'elements'> {
  readonly data: DataType;
  readonly elements: readonly MapElement[];
}

export interface Element {
  readonly key: readonly (Scalar | Prefix | Range)[];
  /** The forward's name, for readers of `nft list ruleset`. */
  readonly comment?: string | undefined;
  /** The part of the model that this element comes from. */
  readonly origin: ModelPath;
}

export interface MapElement extends Element {
  readonly data: Scalar;
}
