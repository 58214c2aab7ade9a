import type { NamedMap, RegularChain, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { lowerGroup } from './dispatch.ts';
import { DADDR, inPrefix } from './fields.ts';
import { groupByListenInterface, matchesAtInterface, matchesElsewhere, type ListenGroup } from './listen-group.ts';
import { returnOn, skipEstablishedTcp } from './return-rules.ts';

const INCOMING = 'pf_on_incoming';
const OWN = 'pf_on_own';

/** What listens on an interface adds to the ruleset: maps, chains, and a jump in each of the base chains. */
export interface ListenDispatch {
  readonly maps: readonly NamedMap[];
  readonly chains: readonly RegularChain[];
  readonly incoming: readonly Rule[];
  readonly own: readonly Rule[];
}

/**
 * The chains for listens on an interface. Only prerouting can ask for the addresses of an interface, and in two ways
 * (docs/netfilter.md, fact 33), so each way has a chain of its own. Both share the chain of each group.
 */
export function lowerListenDispatch(bindings: readonly RuleBinding[]): ListenDispatch {
  const groups = groupByListenInterface(bindings);
  if (groups.length === 0) return { maps: [], chains: [], incoming: [], own: [] };
  const lowered = groups.map((group) => ({ group, ...lowerGroup(group) }));
  const own = ownChain(groups);
  return {
    maps: lowered.flatMap(({ maps }) => maps),
    chains: [
      ...lowered.map(({ group, rules }): RegularChain => ({ kind: 'regular', name: chainOf(group), rules })),
      incomingChain(groups),
      ...own,
    ],
    incoming: [{ match: [], statement: { kind: 'jump', chain: INCOMING } }],
    own: own.map(({ name }) => ({
      match: [{ kind: 'fib-local', of: 'daddr' }],
      statement: { kind: 'jump', chain: name },
    })),
  };
}

/**
 * Not behind `fib daddr type local`, which does not know the addresses of a VRF on older kernels (docs/netfilter.md, fact 43).
 *
 *     iifname "ppp0" fib daddr . iif type local jump pf_on1_dispatch
 *     iifname != "ppp0" fib daddr type local fib daddr . iif type != local jump pf_on1_dispatch
 */
function incomingChain(groups: readonly ListenGroup[]): RegularChain {
  const jumps = (matches: (group: ListenGroup) => (readonly Rule['match'][number][])[]): Rule[] =>
    groups.flatMap((group) => matches(group).map((match) => ({ match, statement: toGroup(group) })));
  return {
    kind: 'regular',
    name: INCOMING,
    rules: [
      ...skipEstablishedTcp(groups.flatMap(({ bindings }) => bindings)),
      ...jumps(matchesAtInterface),
      ...jumps(matchesElsewhere),
    ],
  };
}

/**
 * Connections of this host itself. The kernel sends them through lo, so nft cannot ask which interface has the address:
 * they are forwarded for every address of this host but the loopback ones.
 *
 *     ip daddr 127.0.0.0/8 return
 *     jump pf_on1_dispatch
 */
function ownChain(groups: readonly ListenGroup[]): RegularChain[] {
  const open = groups.filter(({ interfaces }) => interfaces.length === 0);
  if (open.length === 0) return [];
  const bindings = open.flatMap((group) => group.bindings);
  return [
    {
      kind: 'regular',
      name: OWN,
      rules: [
        ...skipEstablishedTcp(bindings),
        ...(bindings.some(({ forward }) => forward.family === 'ip')
          ? [returnOn(inPrefix(DADDR.ip, '127.0.0.0/8'))]
          : []),
        ...open.map((group) => ({ match: [], statement: toGroup(group) })),
      ],
    },
  ];
}

const chainOf = ({ label }: ListenGroup): string => `pf_${label}dispatch`;

const toGroup = (group: ListenGroup): Rule['statement'] => ({ kind: 'jump', chain: chainOf(group) });
