import { lengthOf } from '../model/model.ts';
import type { Element, Family, Key, Match, NamedSet, Rule, Statement } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, L4PROTO, oneOf, ORIGINAL_DADDR, ORIGINAL_DPORT } from './fields.ts';
import { interfaceMatches, type InterfaceGroup } from './interface-group.ts';
import { protocolsOf } from './port-tables.ts';

export interface Membership {
  readonly sets: readonly NamedSet[];
  readonly rules: readonly Rule[];
}

/**
 * Recognises, after translation, the connections that the group's bindings translated: by what the client
 * wrote (`ct original`) and by the target, so that another program's NAT is not taken for ours.
 *
 *     meta l4proto { tcp, udp } meta l4proto . ct original proto-dst . ip daddr @pf_hairpin4 masquerade
 *
 * Listens with an address have `ct original ip daddr` in front of the key.
 */
export function lowerMembership(group: InterfaceGroup, family: Family, name: string, statement: Statement): Membership {
  const bindings = group.bindings.filter((binding) => binding.forward.family === family);
  const parts = [true, false].flatMap((withAddress) =>
    [false, true].map((interval) => {
      const some = bindings.filter(
        (binding) =>
          (binding.listen.address !== undefined) === withAddress && lengthOf(binding.listen.ports) > 1 === interval,
      );
      const set = `pf_${group.label}${withAddress ? 'listen_' : ''}${name}${interval ? '_range' : ''}${DIGIT[family]}`;
      return some.length === 0 ? { sets: [], rules: [] } : lowerPart(some, group, family, set, statement);
    }),
  );
  return { sets: parts.flatMap(({ sets }) => sets), rules: parts.flatMap(({ rules }) => rules) };
}

function lowerPart(
  bindings: readonly RuleBinding[],
  group: InterfaceGroup,
  family: Family,
  set: string,
  statement: Statement,
): Membership {
  const withAddress = bindings.some(({ listen }) => listen.address !== undefined);
  const address = ADDRESS_TYPE[family];
  const tail = ['inet_proto', 'inet_service', address] as const;
  const fields = [L4PROTO, ORIGINAL_DPORT, DADDR[family]] as const;
  const key: Key = withAddress ? [ORIGINAL_DADDR[family], ...fields] : fields;
  const guard: readonly Match[] = [oneOf(L4PROTO, protocolsOf(bindings)), { kind: 'in-set', key, set }];
  return {
    sets: [
      {
        name: set,
        type: withAddress ? [address, ...tail] : tail,
        interval: bindings.some(({ listen }) => lengthOf(listen.ports) > 1),
        elements: bindings.map(element),
      },
    ],
    rules: interfaceMatches(group).map((match) => ({ match: [...match, ...guard], statement })),
  };
}

const element = ({ forward, listen: { address, ports, path }, protocol }: RuleBinding): Element => ({
  key: [
    ...(address === undefined ? [] : [address]),
    protocol,
    lengthOf(ports) === 1 ? ports.first : { kind: 'range', first: ports.first, last: ports.last },
    forward.target.address,
  ],
  origin: path,
});
