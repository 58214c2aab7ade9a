import { lengthOf } from '../model/model.ts';
import type { Family, Field, Key, Match, NamedSet, Rule, Statement } from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { connectionElement } from './elements.ts';
import {
  ADDRESS_TYPE,
  DADDR,
  DIGIT,
  FAMILIES,
  hasProtocolOf,
  L4PROTO,
  ORIGINAL_DADDR,
  ORIGINAL_DPORT,
} from './fields.ts';
import { groupByInterface, interfaceMatches, type InterfaceGroup } from './interface-group.ts';
import { groupByListenInterface } from './listen-group.ts';

/** Sets, and the rules that look them up. */
export interface SetRules {
  readonly sets: readonly NamedSet[];
  readonly rules: readonly Rule[];
}

/**
 * Recognises after translation the connections that these bindings translated, by their original destination and
 * their target. So a connection that another program translated does not match.
 *
 *     meta l4proto { tcp, udp } meta l4proto . ct original proto-dst . ip daddr @pf_hairpin4 masquerade
 *
 * Listens with an address have `ct original ip daddr` in front of the key. Those of an interface do not: after
 * translation nft cannot ask which interface has the original address.
 */
export const lowerConnections = (
  bindings: readonly RuleBinding[],
  name: string,
  statement: Statement,
  seen: Seen = TO_TARGET,
): SetRules =>
  joinSets(
    [...groupByListenInterface(bindings), ...groupByInterface(bindings)].flatMap((group) =>
      FAMILIES.flatMap((family) =>
        partsOf(group, family, name).map((part) => lowerPart(part, group, family, statement, seen)),
      ),
    ),
  );

/** How a packet of such a connection shows its target, and whether it shows the interface of the client. */
interface Seen {
  readonly target: Readonly<Record<Family, Field>>;
  readonly interfaces: boolean;
}

const TO_TARGET: Seen = { target: DADDR, interfaces: true };

export const joinSets = (parts: readonly SetRules[]): SetRules => ({
  sets: parts.flatMap(({ sets }) => sets),
  rules: parts.flatMap(({ rules }) => rules),
});

interface Part {
  readonly set: string;
  readonly bindings: readonly RuleBinding[];
  readonly withAddress: boolean;
  readonly interval: boolean;
}

/** A set for each kind of key: with or without an address, a port or a range. */
const partsOf = ({ label, bindings }: InterfaceGroup, family: Family, name: string): Part[] =>
  [true, false]
    .flatMap((withAddress) => [false, true].map((interval) => ({ withAddress, interval })))
    .map(({ withAddress, interval }) => ({
      set: `pf_${label}${withAddress ? 'listen_' : ''}${name}${interval ? '_range' : ''}${DIGIT[family]}`,
      bindings: bindings.filter(
        ({ forward, listen }) =>
          forward.family === family &&
          (listen.address !== undefined) === withAddress &&
          lengthOf(listen.ports) > 1 === interval,
      ),
      withAddress,
      interval,
    }))
    .filter((part) => part.bindings.length > 0);

function lowerPart(
  { set, bindings, withAddress, interval }: Part,
  group: InterfaceGroup,
  family: Family,
  statement: Statement,
  seen: Seen,
): SetRules {
  const address = ADDRESS_TYPE[family];
  const type = ['inet_proto', 'inet_service', address] as const;
  const fields = [L4PROTO, ORIGINAL_DPORT, seen.target[family]] as const;
  const key: Key = withAddress ? [ORIGINAL_DADDR[family], ...fields] : fields;
  const ours: readonly Match[] = [hasProtocolOf(bindings), { kind: 'in-set', key, set }];
  return {
    sets: [
      {
        name: set,
        type: withAddress ? [address, ...type] : type,
        interval,
        elements: bindings.map(connectionElement),
      },
    ],
    rules: (seen.interfaces ? interfaceMatches(group.interfaces) : [[]]).map((match) => ({
      match: [...match, ...ours],
      statement,
    })),
  };
}
