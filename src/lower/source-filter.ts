import { lengthOf } from '../model/model.ts';
import type {
  Chain,
  DataType,
  Element,
  Family,
  Key,
  Match,
  NamedSet,
  Prefix,
  Rule,
  Scalar,
  Statement,
} from '../ruleset/ruleset.ts';
import type { RuleBinding } from './binding.ts';
import { ADDRESS_TYPE, DADDR, DIGIT, DPORT, IIFNAME, L4PROTO, oneOf, SADDR, returnUnlessFirst } from './fields.ts';
import { groupByInterface, interfaceMatches, type InterfaceGroup } from './interface-group.ts';
import type { Membership } from './membership.ts';
import { protocolsOf } from './port-tables.ts';

const SOURCE_GUARD = 'pf_source_guard';
const SOURCES = 'pf_sources';

/**
 * Behind connection tracking (-200), which tells what is new, and before NAT. The model's priority only puts
 * us among the nat chains: the kernel runs all of them at -100, and behind that nobody knows any more which
 * listen a client wrote.
 */
const PRIORITY = -110;

/**
 * Clients that a forward's `from` leaves out end here: without NAT alone they would get to a service of the
 * host on the same port (fact 9). What the host sends to itself comes in through lo, and is not restricted.
 *
 *     iifname != "lo" ct state new fib daddr type local jump pf_sources
 */
export function lowerSources(bindings: readonly RuleBinding[]): {
  readonly sets: readonly NamedSet[];
  readonly chains: Chain[];
} {
  const restricted = bindings.filter(({ forward }) => forward.from.length > 0);
  if (restricted.length === 0) return { sets: [], chains: [] };
  const parts = groupByInterface(restricted).flatMap((group) =>
    (['ip', 'ip6'] as const).flatMap((family) => [true, false].map((one) => lowerPart(group, family, one))),
  );
  const rules = parts.flatMap((part) => part.rules);
  return {
    sets: parts.flatMap(({ sets }) => sets),
    chains: [
      { kind: 'regular', name: SOURCES, rules: [...returnUnlessFirst(restricted), ...rules] },
      { kind: 'base', name: SOURCE_GUARD, type: 'filter', hook: 'prerouting', priority: PRIORITY, rules: [entry] },
    ],
  };
}

const entry: Rule = {
  match: [
    { kind: 'compare', field: IIFNAME, op: '!=', value: 'lo' },
    { kind: 'ct-new' },
    { kind: 'local', of: 'daddr' },
  ],
  statement: { kind: 'jump', chain: SOURCES },
};

/**
 * The family is asked for by name: protocol and port alone are those of the other one too.
 *
 *     meta l4proto { tcp, udp } meta l4proto . th dport . ip saddr @pf_from4 return
 *     meta nfproto ipv4 meta l4proto { tcp, udp } meta l4proto . th dport @pf_restricted4 drop
 *
 * Listens with an address have `ip daddr` in front of both keys.
 */
function lowerPart(group: InterfaceGroup, family: Family, withAddress: boolean): Membership {
  const bindings = group.bindings.filter(
    (binding) => binding.forward.family === family && (binding.listen.address !== undefined) === withAddress,
  );
  if (bindings.length === 0) return { sets: [], rules: [] };
  const prefix = `pf_${group.label}${withAddress ? 'listen_' : ''}`;
  const address = ADDRESS_TYPE[family];
  const type = withAddress ? ([address, ...LISTEN_TYPE] as const) : LISTEN_TYPE;
  const key: Key = withAddress ? [DADDR[family], L4PROTO, DPORT] : [L4PROTO, DPORT];
  const from = setOf(`${prefix}from${DIGIT[family]}`, [...type, address], bindings.flatMap(sourceElements));
  const listens = setOf(`${prefix}restricted${DIGIT[family]}`, type, bindings.map(listenElement));
  const protocol = oneOf(L4PROTO, protocolsOf(bindings));
  const rules = (match: readonly Match[], statement: Statement): Rule[] =>
    interfaceMatches(group).map((through) => ({ match: [...through, ...match], statement }));
  return {
    sets: [from, listens],
    rules: [
      ...rules([protocol, { kind: 'in-set', key: [...key, SADDR[family]], set: from.name }], { kind: 'return' }),
      ...rules([{ kind: 'family', family }, protocol, { kind: 'in-set', key, set: listens.name }], { kind: 'drop' }),
    ],
  };
}

const LISTEN_TYPE = ['inet_proto', 'inet_service'] as const;

/** Where nothing is a range or a prefix, the kernel's look-up is a hash. */
const setOf = (name: string, type: readonly [DataType, ...DataType[]], elements: readonly Element[]): NamedSet => ({
  name,
  type,
  interval: elements.some(({ key }) => key.some((part) => typeof part === 'object')),
  elements,
});

function sourceElements(binding: RuleBinding): Element[] {
  const { key, origin } = listenElement(binding);
  return binding.forward.from.map((source) => ({ key: [...key, valueOf(source)], origin }));
}

const listenElement = ({ forward, listen: { address, ports }, protocol }: RuleBinding): Element => ({
  key: [
    ...(address === undefined ? [] : [address]),
    protocol,
    lengthOf(ports) === 1 ? ports.first : { kind: 'range', first: ports.first, last: ports.last },
  ],
  origin: [...forward.path, 'from'],
});

function valueOf(source: string): Scalar | Prefix {
  const [address = '', length] = source.split('/');
  return length === undefined ? address : { kind: 'prefix', address, length: Number(length) };
}
