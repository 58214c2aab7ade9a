import type { Family, PortRange } from '../model/model.ts';
import { elementsOf, type NftElement } from '../nft-json/elements.ts';
import { fieldText } from '../nft-json/field-text.ts';
import { bodiesOf, soleEntry, type Json, type NftObject } from '../nft-json/objects.ts';
import { valuesOf, valueText } from '../nft-json/value-text.ts';

/** Where the kernel leads one listen: an element of our maps, or a pair of them. */
export interface Lead {
  readonly family: Family;
  readonly protocol: string;
  readonly interfaces: readonly string[];
  /** Undefined: every address of the host. */
  readonly address: string | undefined;
  readonly ports: PortRange;
  readonly target: LeadTarget;
  readonly comment: string | undefined;
  /** The map and the element that say so: `pf_addr4 tcp . 8080`. */
  readonly element: string;
}

interface LeadTarget {
  /** Undefined where the map of the addresses lacks the element. */
  readonly address: string | undefined;
  /** A port, or `kept`; undefined where the map of the ports lacks the element. */
  readonly port: number | 'kept' | undefined;
}

/**
 * Reads the maps of a listing back, by the names that `lower` gives them. What is there twice, for local
 * targets and for others, leads where the former says: it is looked up first.
 */
export function leadsOf(objects: readonly NftObject[]): Map<string, Lead> {
  const maps = new Map(bodiesOf(objects, 'map').map((body) => [valueText(body['name']), elementsOf(body)]));
  const interfaces = interfacesByLabel(bodiesOf(objects, 'rule'));
  const leads = [...maps.keys()].flatMap((name) => {
    const role = roleOf(name);
    const through = role === undefined ? undefined : interfaces(role.label);
    return role === undefined || through === undefined ? [] : leadsIn(name, role, through, maps);
  });
  return new Map([...leads].reverse().map((lead) => [identityOf(lead), lead]));
}

/** A map of the dispatch: its elements say where something leads. */
export const isDispatchMap = (name: string): boolean => roleOf(name) !== undefined;

const identityOf = ({ family, protocol, interfaces, address, ports }: Lead): string =>
  [family, protocol, interfaces.join(','), address ?? '*', ports.first, ports.last].join(' ');

interface Role {
  readonly label: string;
  readonly family: Family;
  readonly withAddress: boolean;
  readonly what: 'addr' | 'port' | 'range';
  /** Of a range without an address: the key has only the port. */
  readonly protocol: string | undefined;
}

const NAME =
  /^pf_(?<label>in\d+_)?(?:local_)?(?<listen>listen_)?(?<what>addr|port|range)(?:_(?<protocol>tcp|udp|sctp))?(?<digit>[46])$/;

function roleOf(name: string): Role | undefined {
  const { label = '', listen, what, protocol, digit } = NAME.exec(name)?.groups ?? {};
  if (what === undefined || (what === 'range') === (protocol === undefined && listen === undefined)) return undefined;
  return {
    label,
    family: digit === '4' ? 'ip' : 'ip6',
    withAddress: listen !== undefined,
    what: what as Role['what'],
    protocol,
  };
}

type Maps = ReadonlyMap<string, ReadonlyMap<string, NftElement>>;

function leadsIn(name: string, role: Role, interfaces: readonly string[], maps: Maps): Lead[] {
  const elements = maps.get(name) ?? new Map<string, NftElement>();
  const other = (what: string) => maps.get(name.replace(/(?:addr|port)(?=[46]$)/, what));
  return [...elements.values()].flatMap((element) => {
    const { text, data, comment } = element;
    // The pair is read where its address stands.
    if (role.what === 'port' && other('addr')?.has(text) === true) return [];
    const port = role.what === 'range' ? 'kept' : role.what === 'port' ? data : other('port')?.get(text)?.data;
    const target: LeadTarget = {
      address: role.what === 'port' ? undefined : valueText(data),
      port: port === 'kept' || typeof port === 'number' ? port : undefined,
    };
    const listen = listenOf(role, element);
    return listen === undefined
      ? []
      : [{ ...listen, family: role.family, interfaces, target, comment, element: `${name} ${text}` }];
  });
}

function listenOf(
  { withAddress, protocol }: Role,
  { parts }: NftElement,
): Pick<Lead, 'address' | 'protocol' | 'ports'> | undefined {
  const port = parts.at(-1);
  const range = (port as { range?: readonly unknown[] } | null)?.range;
  const [first, last] = Array.isArray(range) ? range : [port, port];
  if (typeof first !== 'number' || typeof last !== 'number') return undefined;
  const address = withAddress ? valueText(parts[0]) : undefined;
  return { address, protocol: protocol ?? valueText(parts[withAddress ? 1 : 0]), ports: { first, last } };
}

/** `iifname { "eth0", "eth1" } jump pf_in1_dispatch`: the label's interfaces; undefined where no rule jumps there. */
function interfacesByLabel(rules: readonly Json[]): (label: string) => readonly string[] | undefined {
  const known = new Map<string, string[]>();
  for (const { expr } of rules) {
    const { jump, names } = readJump(expr);
    if (jump !== undefined) known.set(jump, [...(known.get(jump) ?? []), ...names].sort());
  }
  return (label) => (label === '' ? [] : known.get(`pf_${label}dispatch`));
}

function readJump(expr: unknown): { readonly jump: string | undefined; readonly names: readonly string[] } {
  const statements = (Array.isArray(expr) ? expr : []).map(soleEntry);
  const match = bodiesOf(statements, 'match').find(({ left }) => fieldText(left) === 'iifname');
  const names = valuesOf(match?.['right']) ?? [];
  const target = bodiesOf(statements, 'jump')[0]?.['target'];
  return { jump: names.length === 0 || typeof target !== 'string' ? undefined : target, names };
}
