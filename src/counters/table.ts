import type { Forward } from '../model/model.ts';
import { needsTargets } from './needs-targets.ts';

/**
 * The counters have a table of their own. Every `apply` replaces the table with the forwards and keeps this one, so
 * nothing that passes meanwhile is lost.
 */
export const COUNTERS_TABLE = { family: 'inet', name: 'portfwd_counters' } as const;

/** What is counted: the first packet of each connection, all others of clients, and packets of targets. */
const COUNTED = ['first', 'sent', 'replies'] as const;
/** Tables of earlier versions have `opened` in place of `first`, and count a first packet in `sent`, too. */
const COUNTED_EARLIER = 'opened';
export type Counted = (typeof COUNTED)[number] | typeof COUNTED_EARLIER;

const FAMILIES = [
  { digit: 4, ip: 'ip', type: 'ipv4_addr' },
  { digit: 6, ip: 'ip6', type: 'ipv6_addr' },
] as const;
type Family = (typeof FAMILIES)[number];

/**
 * What an element is for: an address and port of this host, or also the target. The target is only looked at where forwards
 * share a port of different interfaces, since each part of the key takes time for each packet.
 */
const KEYS = ['place', 'target'] as const;
type Key = (typeof KEYS)[number];

const setName = (counted: Counted, key: Key, { digit }: Family): string =>
  `pf_${counted}${key === 'target' ? '_target' : ''}${digit}`;

/** The sets whose elements have the counters: `pf_sent4`. Those of a key that is not in use keep their values. */
export const counterSets: readonly { readonly name: string; readonly counted: Counted }[] = FAMILIES.flatMap((family) =>
  KEYS.flatMap((key) =>
    ([...COUNTED, COUNTED_EARLIER] as const).map((counted) => ({ name: setName(counted, key, family), counted })),
  ),
);

/** Of each set. Kernel memory stays bounded: about 200 bytes for each element. */
export const MOST_ELEMENTS = 65_536;

/**
 * The table in the syntax of nft. Loading it creates the table, or repairs its rules and keeps the values. It is the same
 * for nearly all forwards: the first packet of an address and port adds an element, so each packet costs the same however
 * many forwards there are. Which forward an element belongs to is found out when it is read. `addresses` are those of this
 * host. Others become known with their first connection, but connections that are open already would be missed.
 */
export function countersText(forwards: readonly Forward[], addresses: readonly string[]): string {
  const key = needsTargets(forwards) ? 'target' : 'place';
  const chains = Object.entries(chainsFor(key));
  return [
    ...block(`table ${NAME}`, [
      ...FAMILIES.flatMap(declareSets),
      ...chains.flatMap(([name, { base }]) => block(`chain ${name}`, base === undefined ? [] : [base])),
    ]),
    ...chains.map(([name]) => `flush chain ${NAME} ${name}`),
    ...block(
      `table ${NAME}`,
      chains.flatMap(([name, { rules }]) => block(`chain ${name}`, rules)),
    ),
    ...FAMILIES.flatMap((family) => ownAddresses(family, addresses)),
    '',
  ].join('\n');
}

/** Those of the table, and no others. */
export function hasOwnChains(names: readonly string[]): boolean {
  const own = chainsFor('place');
  return names.every((name) => Object.hasOwn(own, name));
}

const NAME = `${COUNTERS_TABLE.family} ${COUNTERS_TABLE.name}`;

/** Succeeds without the table, too. */
export const COUNTERS_REMOVAL = `add table ${NAME}\ndelete table ${NAME}\n`;

/** Those of both keys: nft 0.9.8 can crash when it adds a set to a table later. */
const declareSets = (family: Family): string[] => [
  declareSet(`pf_own${family.digit}`, family.type),
  ...KEYS.flatMap((key) => COUNTED.map((counted) => declareSet(setName(counted, key, family), typeOf(key, family)))),
];

const typeOf = (key: Key, { type }: Family): string =>
  `inet_proto . ${type} . inet_service${key === 'target' ? ` . ${type} . inet_service` : ''}`;

const declareSet = (name: string, type: string): string =>
  `set ${name} { type ${type}; size ${MOST_ELEMENTS}; flags dynamic; }`;

/** The commonest first. */
const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;

/** nft knows the type of a port of conntrack only after the match on the protocol. */
const keyOf = (key: Key, { ip }: Family): string =>
  `meta l4proto . ct original ${ip} daddr . ct original proto-dst` +
  (key === 'target' ? ` . ct reply ${ip} saddr . ct reply proto-src` : '');

/** The source of an answer is translated already, and the kernel reads it faster than that of conntrack. */
const replyKeyOf = (key: Key, family: Family): string =>
  key === 'target' ? keyOf(key, family) : `meta l4proto . ${family.ip} saddr . th sport`;

/**
 * The look-up counts, if the element is there: for nearly every packet, this is all there is to do, without the look-ups of
 * `count`.
 */
const known = (counted: Counted, key: Key, family: Family): string =>
  `${counted === 'replies' ? replyKeyOf(key, family) : keyOf(key, family)} @${setName(counted, key, family)} return`;

const forEachProtocol = (rule: (family: Family) => string): string[] =>
  PROTOCOLS.flatMap((protocol) => FAMILIES.map((family) => `meta l4proto ${protocol} ${rule(family)}`));

/**
 * Adds an element and counts in it. A full set counts nothing more, and the packet passes. Connections that other programs
 * redirect on their way through this host have a destination that is not an address of it.
 */
const count = (counted: Counted, key: Key, family: Family): string =>
  `ct original ${family.ip} daddr @pf_own${family.digit} meta l4proto { ${PROTOCOLS.join(', ')} } ` +
  `add @${setName(counted, key, family)} { ${counted === 'replies' ? replyKeyOf(key, family) : keyOf(key, family)} counter }`;

/** The direction was looked at before. */
const countClients = (counted: Counted, key: Key): string[] => [
  ...forEachProtocol((family) => known(counted, key, family)),
  ...FAMILIES.map((family) => count(counted, key, family)),
];

const countReplies = (key: Key): string[] => [
  ...(key === 'target'
    ? forEachProtocol((family) => known('replies', key, family))
    : FAMILIES.map((family) => known('replies', key, family))),
  ...FAMILIES.map((family) => count('replies', key, family)),
];

/**
 * Every packet: so these rules are not in a chain of their own, which would take longer. The kernel confirms a connection
 * after all chains have let its first packet pass.
 */
const countPassing = (key: Key): string[] => [
  'ct status & (confirmed | dnat) != (confirmed | dnat) goto pf_other',
  'ct direction reply goto pf_replies',
  ...countClients('sent', key),
];

/**
 * A chain of type nat sees only the first packet of a connection; -199 is before the translations of all programs. Other
 * chains see every packet; 310 is after all translations and filters.
 */
const chainsFor = (
  key: Key,
): Readonly<Record<string, { readonly base?: string; readonly rules: readonly string[] }>> => ({
  // Connections that are not translated, and first packets of those that are.
  pf_other: { rules: ['ct status & dnat == 0 return', ...countClients('first', key)] },
  pf_replies: { rules: countReplies(key) },
  pf_learn: {
    rules: [
      ...FAMILIES.map(({ ip, digit }) => `${ip} daddr @pf_own${digit} return`),
      // A user of this host could connect to each of them and fill the sets.
      'ip daddr 127.0.0.2-127.255.255.255 return',
      ...FAMILIES.map(({ ip, digit }) => `fib daddr type local add @pf_own${digit} { ${ip} daddr }`),
    ],
  },
  pf_arriving_first: { base: 'type nat hook prerouting priority -199; policy accept;', rules: ['goto pf_learn'] },
  pf_sending_first: { base: 'type nat hook output priority -199; policy accept;', rules: ['goto pf_learn'] },
  pf_leaving: {
    base: 'type filter hook postrouting priority 310; policy accept;',
    rules: countPassing(key),
  },
  pf_delivered: {
    base: 'type filter hook input priority 310; policy accept;',
    // What this host sends to itself was counted when it left.
    rules: ['iifname "lo" return', ...countPassing(key)],
  },
});

function ownAddresses({ digit }: Family, addresses: readonly string[]): string[] {
  const own = addresses.filter((address) => address.includes(':') === (digit === 6));
  return own.length === 0 ? [] : [`add element ${NAME} pf_own${digit} { ${own.join(', ')} }`];
}

const block = (head: string, lines: readonly string[]): string[] => [
  `${head} {`,
  ...lines.map((line) => `\t${line}`),
  '}',
];
