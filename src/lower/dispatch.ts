import type { Binding } from '../model/binding.ts';
import { isKeptRange } from '../model/model.ts';
import type { Family, NamedMap, RegularChain, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { DADDR, FAMILIES, inPrefix, SADDR } from './fields.ts';
import { groupByInterface, interfaceMatches, type InterfaceGroup } from './interface-group.ts';
import { lowerPorts, type MapRules } from './port-maps.ts';
import { lowerAddressRanges, lowerRanges } from './range-maps.ts';
import { returnOn, skipEstablishedTcp } from './return-rules.ts';

export const DISPATCH = 'pf_dispatch';

/**
 * The chains that translate. prerouting and output share them, so that each map exists once. `pf_dispatch` comes last,
 * since nft must know a chain before a rule jumps to it.
 *
 *     iifname "eth0" jump pf_in1_dispatch
 */
export function lowerDispatch(bindings: readonly RuleBinding[]): {
  readonly maps: NamedMap[];
  readonly chains: RegularChain[];
} {
  const groups = groupByInterface(bindings);
  if (groups.length === 0) return { maps: [], chains: [] };
  const withInterface = groups
    .filter(({ interfaces }) => interfaces.length > 0)
    .map((group) => ({ group, chain: `pf_${group.label}dispatch`, ...lowerGroup(group) }));
  const anyInterface = groups.filter(({ interfaces }) => interfaces.length === 0).map(lowerGroup);
  const jumps = withInterface.flatMap(({ group, chain }) =>
    interfaceMatches(group.interfaces).map((match): Rule => ({ match, statement: { kind: 'jump', chain } })),
  );
  return {
    maps: [...withInterface, ...anyInterface].flatMap(({ maps }) => maps),
    chains: [
      ...withInterface.map(({ chain, rules }): RegularChain => ({ kind: 'regular', name: chain, rules })),
      {
        kind: 'regular',
        name: DISPATCH,
        rules: [
          ...skipEstablishedTcp(groups.flatMap((group) => group.bindings)),
          ...jumps,
          ...anyInterface.flatMap(({ rules }) => rules),
        ],
      },
    ],
  };
}

/**
 * First the bindings that accept packets from loopback and link-local addresses, then all others, which such packets
 * do not reach. No two bindings accept the same packet, so the order decides nothing else.
 */
export function lowerGroup(group: InterfaceGroup): MapRules {
  const { label, bindings } = group;
  const families = FAMILIES.filter((family) => bindings.some(({ forward }) => forward.family === family));
  return join(
    families.map((family) => {
      const ofFamily = bindings.filter(({ forward }) => forward.family === family);
      const withLoopback = ofFamily.filter(({ loopbackAllowed }) => loopbackAllowed);
      const others = ofFamily.filter(({ loopbackAllowed }) => !loopbackAllowed);
      return join([
        lowerMaps(withLoopback, family, `pf_${label}local_`),
        { maps: [], rules: others.length === 0 ? [] : skipLoopback(family, group) },
        lowerMaps(others, family, `pf_${label}`),
      ]);
    }),
  );
}

function lowerMaps(bindings: readonly RuleBinding[], family: Family, prefix: string): MapRules {
  const withAddress = bindings.filter(({ listen }) => listen.address !== undefined);
  const anyAddress = bindings.filter(({ listen }) => listen.address === undefined);
  return join([
    lowerPorts(withAddress.filter(isPerPort), family, `${prefix}listen_`, true),
    lowerAddressRanges(withAddress.filter(isRange), family, `${prefix}listen_`),
    lowerPorts(anyAddress.filter(isPerPort), family, prefix, false),
    lowerRanges(anyAddress.filter(isRange), family, prefix),
  ]);
}

/** A range that keeps its ports is one element of a map. */
const isRange = ({ forward, listen }: Binding): boolean => isKeptRange(forward.target, listen);

/** Everything else is one element for each port. */
const isPerPort = (binding: Binding): boolean => !isRange(binding);

/**
 * A packet from 127.0.0.1 or from a link-local address cannot leave for another host. Packets from 127.0.0.1 never
 * come in through an interface, and no interface has 127.0.0.1 among the addresses to listen on.
 *
 *     ip daddr 127.0.0.0/8 return
 *     ip saddr 127.0.0.0/8 return
 *     ip6 saddr fe80::/10 return
 */
function skipLoopback(family: Family, { interfaces, bindings }: InterfaceGroup): Rule[] {
  if (family === 'ip6') return [returnOn(inPrefix(SADDR.ip6, 'fe80::/10'))];
  if (interfaces.length > 0) return [];
  const ends = bindings.some(({ listen }) => listen.interface !== undefined) ? [SADDR.ip] : [DADDR.ip, SADDR.ip];
  return ends.map((field) => returnOn(inPrefix(field, '127.0.0.0/8')));
}

const join = (parts: readonly MapRules[]): MapRules => ({
  maps: parts.flatMap(({ maps }) => maps),
  rules: parts.flatMap(({ rules }) => rules),
});
