import type { Family } from '../model/model.ts';

/** What the kernel tells of a packet at one place of its way. */
export interface Header {
  readonly family: Family;
  readonly iif?: string;
  readonly oif?: string;
  /** `tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, or what nft prints for another one. */
  readonly protocol: string;
  readonly saddr: string;
  readonly daddr: string;
  readonly sport?: number;
  readonly dport?: number;
  /** Of TCP: `syn`, `ack`, … */
  readonly flags: readonly string[];
  /** Type and code of ICMP: `destination-unreachable port-unreachable`. */
  readonly icmp?: string;
  /** TTL or hop limit. */
  readonly ttl?: number;
  /** Of IPv4: the identification, by which a packet is known again. */
  readonly ident?: string;
}

/**
 * Reads `iif "out0" … ip saddr 203.0.113.7 ip daddr … tcp dport 6000 tcp flags == syn …`. Undefined: it is not an IP packet
 * with addresses.
 */
export function readHeader(text: string): Header | undefined {
  const values = new Map<string, string>();
  for (const [, interfaceField, name, layer, field, value] of text.matchAll(FIELDS)) {
    const key = interfaceField ?? `${layer} ${field}`;
    if (!values.has(key)) values.set(key, name ?? value ?? '');
  }
  const family = values.has('ip6 saddr') ? 'ip6' : 'ip';
  const saddr = values.get(`${family} saddr`);
  const daddr = values.get(`${family} daddr`);
  if (saddr === undefined || daddr === undefined) return undefined;
  const layer = LAYERS.find((name) => values.has(`${name} sport`) || values.has(`${name} type`));
  const protocol = layer ?? values.get('ip protocol') ?? values.get('ip6 nexthdr') ?? 'unknown';
  return {
    family,
    ...given('iif', values.get('iif')),
    ...given('oif', values.get('oif')),
    protocol,
    saddr,
    daddr,
    ...given('sport', numberOf(values.get(`${protocol} sport`))),
    ...given('dport', numberOf(values.get(`${protocol} dport`))),
    flags: flagsIn(text),
    ...given('icmp', icmpOf(values, protocol)),
    ...given('ttl', numberOf(values.get('ip ttl') ?? values.get('ip6 hoplimit'))),
    ...given('ident', values.get('ip id')),
  };
}

/** The innermost first: an error of ICMP can show parts of the packet that it is about. */
const LAYERS = ['icmp', 'icmpv6', 'tcp', 'udp', 'sctp'] as const;

/** An interface that is gone is a number. */
const FIELDS =
  /\b([io]if) "?([^\s"]+)|\b(ip6?|tcp|udp|sctp|icmp|icmpv6) (saddr|daddr|protocol|nexthdr|ttl|hoplimit|id|sport|dport|type|code) (\S+)/g;

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;

function icmpOf(values: ReadonlyMap<string, string>, protocol: string): string | undefined {
  const type = values.get(`${protocol} type`);
  const code = values.get(`${protocol} code`);
  if (type === undefined || code === undefined) return type;
  const words = type === 'destination-unreachable' && Object.hasOwn(CODES, protocol) ? CODES[protocol] : undefined;
  return `${type} ${words?.[code] ?? code}`;
}

/** Of destination-unreachable, which nft 1.1 prints as numbers. */
const CODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  icmp: {
    0: 'net-unreachable',
    1: 'host-unreachable',
    2: 'prot-unreachable',
    3: 'port-unreachable',
    4: 'frag-needed',
    9: 'net-prohibited',
    10: 'host-prohibited',
    13: 'admin-prohibited',
  },
  icmpv6: { 0: 'no-route', 1: 'admin-prohibited', 3: 'addr-unreachable', 4: 'port-unreachable' },
};

/** `syn`, `0x12` or `syn,ack`, by version of nft. */
function flagsIn(text: string): readonly string[] {
  const [, value = ''] = /\btcp flags (?:== )?([\w,|]+(?: \| \w+)*)/.exec(text) ?? [];
  if (!/^(?:0x)?\d/.test(value)) return FLAGS.filter((flag) => value.split(/[\s,|]+/).includes(flag));
  return FLAGS.filter((_, bit) => (Number(value) >> bit) % 2 === 1);
}

const FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'] as const;
