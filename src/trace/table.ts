import type { Family, Listen, Protocol } from '../model/model.ts';

/** What a trace follows: the new connections to one listen. */
export interface TracedListen {
  readonly family: Family;
  readonly protocols: readonly Protocol[];
  readonly listen: Listen;
}

export interface TraceSpec {
  /** Of the table. */
  readonly name: string;
  readonly listens: readonly TracedListen[];
  /** A canonical prefix or address: only clients in it. */
  readonly from?: string | undefined;
}

/** Each trace has a table of its own, whose name begins so. */
export const TRACE_PREFIX = 'pf_trace_';

/** The regular chains whose rules mark what the packet is. */
export const START = 'pf_start';
export const ANSWER = 'pf_answer';
/** The verdict of the rule that finds a packet of a connection that began earlier. */
export const KNOWN = 'jump pf_known';
/** Counts the packets to the listens from clients that are not in `from`. */
export const OTHERS = 'pf_others';

/** Before all other chains of a hook, and after them. */
const FIRST = -2_000_000_000;
const LAST = 2_000_000_000;
/** Connection tracking is at -200; destination NAT at -100. */
const TRACKED = -199;

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** The base chains: each shows that a packet got there, and how it looked like. They accept everything. */
export const BASE_CHAINS: Readonly<Record<string, { readonly hook: Hook; readonly at: 'first' | 'tracked' | 'last' }>> =
  {
    pf_pre_first: { hook: 'prerouting', at: 'first' },
    pf_pre_tracked: { hook: 'prerouting', at: 'tracked' },
    pf_pre_last: { hook: 'prerouting', at: 'last' },
    pf_in_first: { hook: 'input', at: 'first' },
    pf_in_last: { hook: 'input', at: 'last' },
    pf_fwd_first: { hook: 'forward', at: 'first' },
    pf_fwd_last: { hook: 'forward', at: 'last' },
    pf_out_first: { hook: 'output', at: 'first' },
    pf_out_tracked: { hook: 'output', at: 'tracked' },
    pf_out_last: { hook: 'output', at: 'last' },
    pf_post_first: { hook: 'postrouting', at: 'first' },
    pf_post_last: { hook: 'postrouting', at: 'last' },
  };

const PRIORITY = { first: FIRST, tracked: TRACKED, last: LAST };

/**
 * The table of a trace, in one line, since `nft -i` reads commands line by line. It marks the first packet of each new
 * connection to the listens, and the first answer to each of these. It changes no verdict. `owned`: the kernel deletes
 * the table when the netlink socket that made it is closed.
 */
export function traceTable(spec: TraceSpec, owned: boolean): string {
  const families = (['ip', 'ip6'] as const).filter((family) => spec.listens.some((one) => one.family === family));
  const blocks = [
    ...families.map((family) => `set pf_seen_${family} { type ${SEEN_TYPE[family]}; ${dynamic(SEEN_TIME)} }`),
    ...['pf_flows', 'pf_answered'].map((name) => `set ${name} { typeof ct id; ${dynamic(FLOW_TIME)} }`),
    chain(START, ['meta nftrace set 1']),
    chain(ANSWER, ['meta nftrace set 1']),
    chain('pf_known', []),
    chain(OTHERS, ['counter']),
    ...families.map((family) => chain(`pf_mark_${family}`, markRules(family, spec.from))),
    chain('pf_match', spec.listens.map(matchRule)),
    chain('pf_tracked', trackedRules(families)),
    ...Object.entries(BASE_CHAINS).map(baseChain),
  ];
  return `table inet ${spec.name} { ${owned ? 'flags owner; ' : ''}${blocks.map((block) => `${block}; `).join('')}}`;
}

const SEEN_TYPE: Record<Family, string> = {
  ip: 'ipv4_addr . inet_proto . inet_service . inet_service',
  ip6: 'ipv6_addr . inet_proto . inet_service . inet_service',
};

/** One packet of a connection is marked in this time. */
const SEEN_TIME = '3s';
const FLOW_TIME = '1m';

const dynamic = (timeout: string): string => `flags dynamic,timeout; timeout ${timeout}; size 4096;`;

const chain = (name: string, rules: readonly string[]): string =>
  `chain ${name} { ${rules.map((rule) => `${rule}; `).join('')}}`;

/** `th sport` needs the match of the protocol, which `pf_match` makes; nft wants to see it in the same rule. */
const seenKey = (family: Family): string => `${family} saddr . meta l4proto . th sport . th dport`;

/** A connection of TCP begins with a SYN. Of other protocols, the first packet in a while counts. */
const markRules = (family: Family, from: string | undefined): string[] => [
  'meta l4proto tcp tcp flags & (fin | syn | rst | ack) != syn return',
  ...(from === undefined ? [] : [`${family} saddr != ${from} goto ${OTHERS}`]),
  `${seenKey(family)} @pf_seen_${family} return`,
  `limit rate ${LIMIT} add @pf_seen_${family} { ${seenKey(family)} } goto ${START}`,
];

/** A busy listen must not flood the reader. */
const LIMIT = '50/second burst 50 packets';

/** `meta nfproto ipv4 fib daddr type local meta l4proto { tcp, udp } th dport 53 jump pf_mark_ip` */
function matchRule({ family, protocols, listen: { address, ports } }: TracedListen): string {
  const to =
    address === undefined
      ? `meta nfproto ${family === 'ip' ? 'ipv4' : 'ipv6'} fib daddr type local`
      : `${family} daddr ${address}`;
  const { first, last } = ports;
  return `${to} meta l4proto { ${protocols.join(', ')} } th dport ${first === last ? first : `${first}-${last}`} jump pf_mark_${family}`;
}

const trackedRules = (families: readonly Family[]): string[] => [
  `ct direction reply ct id @pf_flows ct id != @pf_answered add @pf_answered { ct id } goto ${ANSWER}`,
  ...families.map(
    (family) =>
      `ct direction original meta l4proto { tcp, udp, sctp } ${seenKey(family)} @pf_seen_${family} add @pf_flows { ct id }`,
  ),
  `ct status confirmed ${KNOWN}`,
];

function baseChain([name, { hook, at }]: [string, (typeof BASE_CHAINS)[string]]): string {
  const entersHost = hook === 'prerouting' || hook === 'output';
  const rule = entersHost && at === 'first' ? 'jump pf_match; ' : at === 'tracked' ? 'jump pf_tracked; ' : '';
  return `chain ${name} { type filter hook ${hook} priority ${PRIORITY[at]}; policy accept; ${rule}}`;
}
