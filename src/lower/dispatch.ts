import type { Family, NamedMap, RegularChain, Rule } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { DADDR, SADDR, returnUnlessFirst } from './fields.ts';
import { groupByInterface, interfaceMatches, type InterfaceGroup } from './interface-group.ts';
import { lowerPorts, type Dispatch } from './port-tables.ts';
import { lowerAddressRanges, lowerRanges } from './range-tables.ts';

export const DISPATCH = 'pf_dispatch';

/** The chains that both hooks share, so that each map exists once. The entry comes last: a chain is known before it is jumped to. */
export function lowerDispatch(bindings: readonly RuleBinding[]): {
  readonly maps: NamedMap[];
  readonly chains: RegularChain[];
} {
  const groups = groupByInterface(bindings);
  const bound = groups
    .filter(({ interfaces }) => interfaces.length > 0)
    .map((group) => ({ group, chain: `pf_${group.label}dispatch`, ...lowerGroup(group) }));
  const free = groups.filter(({ interfaces }) => interfaces.length === 0).map(lowerGroup);
  const jumps = bound.flatMap(({ group, chain }) =>
    interfaceMatches(group).map((match): Rule => ({ match, statement: { kind: 'jump', chain } })),
  );
  return {
    maps: [...bound, ...free].flatMap(({ maps }) => maps),
    chains: [
      ...bound.map(({ chain, rules }): RegularChain => ({ kind: 'regular', name: chain, rules })),
      {
        kind: 'regular',
        name: DISPATCH,
        rules: [...returnUnlessFirst(bindings), ...jumps, ...free.flatMap(({ rules }) => rules)],
      },
    ],
  };
}

/**
 * First the bindings whose target is on this host, then, with loopback and link-local traffic left alone,
 * all others. No two bindings meet, so the order decides nothing else.
 */
function lowerGroup({ label, interfaces, bindings }: InterfaceGroup): Dispatch {
  const families = (['ip', 'ip6'] as const).filter((family) =>
    bindings.some((binding) => binding.forward.family === family),
  );
  return join(
    families.map((family) => {
      const local = bindings.filter((binding) => binding.forward.family === family && binding.loopbackAllowed);
      const other = bindings.filter((binding) => binding.forward.family === family && !binding.loopbackAllowed);
      return join([
        lowerTables(local, family, `pf_${label}local_`),
        { maps: [], rules: other.length === 0 ? [] : leaveAlone(family, interfaces) },
        lowerTables(other, family, `pf_${label}`),
      ]);
    }),
  );
}

function lowerTables(bindings: readonly RuleBinding[], family: Family, prefix: string): Dispatch {
  const withAddress = bindings.filter(({ listen }) => listen.address !== undefined);
  const any = bindings.filter(({ listen }) => listen.address === undefined);
  return join([
    lowerPorts(withAddress, family, `${prefix}listen_`, true),
    lowerAddressRanges(withAddress, family, `${prefix}listen_`),
    lowerPorts(any, family, prefix, false),
    lowerRanges(any, family, prefix),
  ]);
}

/**
 * What comes from 127.0.0.1 or from a link-local address cannot leave for another host. Through an
 * interface nothing comes from 127.0.0.1.
 *
 *     ip daddr 127.0.0.0/8 return
 *     ip saddr 127.0.0.0/8 return
 *     ip6 saddr fe80::/10 return
 */
function leaveAlone(family: Family, interfaces: readonly string[]): Rule[] {
  if (family === 'ip6') return [returnOn(SADDR.ip6, 'fe80::', 10)];
  return interfaces.length === 0 ? [DADDR.ip, SADDR.ip].map((field) => returnOn(field, '127.0.0.0', 8)) : [];
}

const returnOn = (field: (typeof DADDR)[Family], address: string, length: number): Rule => ({
  match: [{ kind: 'compare', field, op: '==', value: { kind: 'prefix', address, length } }],
  statement: { kind: 'return' },
});

const join = (parts: readonly Dispatch[]): Dispatch => ({
  maps: parts.flatMap(({ maps }) => maps),
  rules: parts.flatMap(({ rules }) => rules),
});
