import { interfacesByLabel, type LabelInterfaces } from './label-interfaces.ts';
import { roleOf, type MapRole } from './map-role.ts';
import type { Family, PortRange } from '../model/model.ts';
import { elementsOf, type NftElement } from '../nft-json/elements.ts';
import { bodiesOf, type NftObject } from '../nft-json/objects.ts';
import { valueText } from '../nft-json/value-text.ts';

/** One listen and the target that the kernel forwards it to: an element of one of our maps, or of two. */
export interface Mapping {
  readonly family: Family;
  readonly protocol: string;
  readonly interfaces: readonly string[];
  /** Undefined: every address of the host, or of `listenInterface`. */
  readonly address: string | undefined;
  readonly listenInterface: string | undefined;
  readonly ports: PortRange;
  readonly target: MappingTarget;
  readonly comment: string | undefined;
  /** The map and the key of the element: `pf_addr4 tcp . 8080`. */
  readonly element: string;
}

interface MappingTarget {
  /** Undefined: the map of addresses has no such element. */
  readonly address: string | undefined;
  /** `kept`: the port stays the same. Undefined: the map of ports has no such element. */
  readonly port: number | 'kept' | undefined;
}

/**
 * Reads the mappings from the maps of a listing, by the names that `lower` gives the maps. A listen can be in a map of
 * local targets and in another one: then the first counts, since the ruleset looks it up first.
 */
export function mappingsOf(objects: readonly NftObject[]): Map<string, Mapping> {
  const maps = new Map(bodiesOf(objects, 'map').map((body) => [valueText(body['name']), elementsOf(body)]));
  const interfaces = interfacesByLabel(bodiesOf(objects, 'rule'));
  const mappings = [...maps.keys()].flatMap((name) => {
    const role = roleOf(name);
    const through = role === undefined ? undefined : interfaces(role.label);
    return role === undefined || through === undefined ? [] : mappingsIn(name, role, through, maps);
  });
  return new Map([...mappings].reverse().map((mapping) => [identityOf(mapping), mapping]));
}

const identityOf = ({ family, protocol, interfaces, listenInterface, address, ports }: Mapping): string =>
  [family, protocol, interfaces.join(','), listenInterface ?? '*', address ?? '*', ports.first, ports.last].join(' ');

type Maps = ReadonlyMap<string, ReadonlyMap<string, NftElement>>;

function mappingsIn(name: string, role: MapRole, through: LabelInterfaces, maps: Maps): Mapping[] {
  const elements = maps.get(name) ?? new Map<string, NftElement>();
  const other = (what: string) => maps.get(name.replace(/(?:addr|port)(?=[46]$)/, what));
  return [...elements.values()].flatMap((element) => {
    const { text, data, comment } = element;
    // The map of addresses has this element too, and it is read there.
    if (role.what === 'port' && other('addr')?.has(text) === true) return [];
    const port = role.what === 'range' ? 'kept' : role.what === 'port' ? data : other('port')?.get(text)?.data;
    const target: MappingTarget = {
      address: role.what === 'port' ? undefined : valueText(data),
      port: port === 'kept' || typeof port === 'number' ? port : undefined,
    };
    const listen = listenOf(role, element);
    return listen === undefined
      ? []
      : [{ ...listen, ...through, family: role.family, target, comment, element: `${name} ${text}` }];
  });
}

function listenOf(
  { withAddress, protocol }: MapRole,
  { parts }: NftElement,
): Pick<Mapping, 'address' | 'protocol' | 'ports'> | undefined {
  const port = parts.at(-1);
  const range = (port as { range?: readonly unknown[] } | null)?.range;
  const [first, last] = Array.isArray(range) ? range : [port, port];
  if (typeof first !== 'number' || typeof last !== 'number') return undefined;
  const address = withAddress ? valueText(parts[0]) : undefined;
  return { address, protocol: protocol ?? valueText(parts[withAddress ? 1 : 0]), ports: { first, last } };
}
