import type {
  Chain,
  DataType,
  Element,
  Family,
  Key,
  Match,
  NamedSet,
  RegularChain,
  Rule,
  Statement,
} from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { joinSets, type SetRules } from './connection-set.ts';
import { clientElements, restrictedElement } from './elements.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, DPORT, FAMILIES, hasProtocolOf, IIFNAME, L4PROTO, SADDR } from './fields.ts';
import { groupByInterface, interfaceMatches, type InterfaceGroup } from './interface-group.ts';
import { groupByListenInterface, matchesAtInterface, matchesElsewhere } from './listen-group.ts';
import { skipEstablishedTcp } from './return-rules.ts';

const SOURCE_GUARD = 'pf_source_guard';
const SOURCES = 'pf_sources';
const ON_SOURCES = 'pf_on_sources';

/**
 * After connection tracking (-200), which knows the new connections, and before NAT, which the kernel always runs at
 * -100 regardless of the model's priority (docs/netfilter.md, fact 9): after NAT the original port is no longer visible.
 */
const PRIORITY = -110;

/**
 * Drops clients that the forward's `from` does not name. If they only were not translated, they would reach a service
 * of the host on the same port (docs/netfilter.md, fact 9). Connections of the host to itself come in through lo, and
 * are not restricted.
 *
 *     iifname != "lo" ct state new fib daddr type local jump pf_sources
 *     iifname != "lo" ct state new jump pf_on_sources
 */
export function lowerSourceFilter(bindings: readonly RuleBinding[]): {
  readonly sets: readonly NamedSet[];
  readonly chains: Chain[];
} {
  const restricted = bindings.filter(({ forward }) => forward.from.length > 0);
  if (restricted.length === 0) return { sets: [], chains: [] };
  const all = [anyListens(restricted), interfaceListens(restricted)].filter(({ chain }) => chain.rules.length > 0);
  const rules = all.map(({ chain, entry }): Rule => ({ match: entry, statement: { kind: 'jump', chain: chain.name } }));
  return {
    sets: all.flatMap(({ sets }) => sets),
    chains: [
      ...all.map(({ chain }) => chain),
      { kind: 'base', name: SOURCE_GUARD, type: 'filter', hook: 'prerouting', priority: PRIORITY, rules },
    ],
  };
}

/** A chain, and which packets jump to it. */
interface Entered {
  readonly sets: readonly NamedSet[];
  readonly chain: RegularChain;
  readonly entry: readonly Match[];
}

const NEW_FROM_OUTSIDE: readonly Match[] = [
  { kind: 'compare', field: IIFNAME, op: '!=', value: 'lo' },
  { kind: 'ct-state', states: ['new'] },
];

function anyListens(restricted: readonly RuleBinding[]): Entered {
  const groups = groupByInterface(restricted);
  const { sets, rules } = joinSets(groups.flatMap((group) => lowerSources(group, interfaceMatches(group.interfaces))));
  const tcp = skipEstablishedTcp(groups.flatMap((group) => group.bindings));
  return {
    sets,
    chain: { kind: 'regular', name: SOURCES, rules: rules.length === 0 ? [] : [...tcp, ...rules] },
    entry: [...NEW_FROM_OUTSIDE, { kind: 'fib-local', of: 'daddr' }],
  };
}

/** The rules that listen-dispatch.ts has, in the same order. */
function interfaceListens(restricted: readonly RuleBinding[]): Entered {
  const groups = groupByListenInterface(restricted);
  const here = joinSets(groups.flatMap((group) => lowerSources(group, matchesAtInterface(group))));
  const elsewhere = joinSets(groups.flatMap((group) => lowerSources(group, matchesElsewhere(group))));
  const rules = [...here.rules, ...elsewhere.rules];
  const tcp = skipEstablishedTcp(groups.flatMap((group) => group.bindings));
  return {
    sets: [...new Map([...here.sets, ...elsewhere.sets].map((set) => [set.name, set])).values()],
    chain: { kind: 'regular', name: ON_SOURCES, rules: rules.length === 0 ? [] : [...tcp, ...rules] },
    entry: NEW_FROM_OUTSIDE,
  };
}

const lowerSources = (group: InterfaceGroup, through: readonly (readonly Match[])[]): SetRules[] =>
  through.length === 0
    ? []
    : FAMILIES.flatMap((family) => [true, false].map((withAddress) => lowerPart(group, through, family, withAddress)));

/**
 * The drop names the family, since protocol and port alone would match packets of the other family too.
 *
 *     meta l4proto { tcp, udp } meta l4proto . th dport . ip saddr @pf_from4 return
 *     meta nfproto ipv4 meta l4proto { tcp, udp } meta l4proto . th dport @pf_restricted4 drop
 *
 * Listens with an address have `ip daddr` in front of both keys.
 */
function lowerPart(
  group: InterfaceGroup,
  through: readonly (readonly Match[])[],
  family: Family,
  withAddress: boolean,
): SetRules {
  const bindings = group.bindings.filter(
    ({ forward, listen }) => forward.family === family && (listen.address !== undefined) === withAddress,
  );
  if (bindings.length === 0) return { sets: [], rules: [] };
  const prefix = `pf_${group.label}${withAddress ? 'listen_' : ''}`;
  const address = ADDRESS_TYPE[family];
  const type = withAddress ? ([address, ...LISTEN_TYPE] as const) : LISTEN_TYPE;
  const key: Key = withAddress ? [DADDR[family], L4PROTO, DPORT] : [L4PROTO, DPORT];
  const from = namedSet(`${prefix}from${DIGIT[family]}`, [...type, address], bindings.flatMap(clientElements));
  const restricted = namedSet(`${prefix}restricted${DIGIT[family]}`, type, bindings.map(restrictedElement));
  const protocol = hasProtocolOf(bindings);
  const rules = (match: readonly Match[], statement: Statement): Rule[] =>
    through.map((one) => ({ match: [...one, ...match], statement }));
  return {
    sets: [from, restricted],
    rules: [
      ...rules([protocol, { kind: 'in-set', key: [...key, SADDR[family]], set: from.name }], { kind: 'return' }),
      ...rules([{ kind: 'family', family }, protocol, { kind: 'in-set', key, set: restricted.name }], { kind: 'drop' }),
    ],
  };
}

const LISTEN_TYPE = ['inet_proto', 'inet_service'] as const;

/** A set without ranges and prefixes is a hash table in the kernel. */
const namedSet = (name: string, type: readonly [DataType, ...DataType[]], elements: readonly Element[]): NamedSet => ({
  name,
  type,
  interval: elements.some(({ key }) => key.some((part) => typeof part === 'object')),
  elements,
});
