import type { Family } from '../model/model.ts';

/** What a map of the ruleset holds, as far as its name says. */
export interface MapRole {
  /**
   * `in1_` of `pf_in1_addr4`: the forwards of some interfaces. `on1_`: those that listen on an interface. Empty: all
   * others.
   */
  readonly label: string;
  readonly family: Family;
  /** The address of the listen is a part of the key. */
  readonly withAddress: boolean;
  readonly what: 'addr' | 'port' | 'range';
  /** Only of maps whose key is a port alone. */
  readonly protocol: string | undefined;
}

/** The names that `lower` gives to the maps with mappings. */
const NAME =
  /^pf_(?<label>(?:in|on)\d+_)?(?:local_)?(?<listen>listen_)?(?<what>addr|port|range)(?:_(?<protocol>tcp|udp|sctp))?(?<digit>[46])$/;

/** Undefined: the elements of this map are not mappings. */
export function roleOf(name: string): MapRole | undefined {
  const { label = '', listen, what, protocol, digit } = NAME.exec(name)?.groups ?? {};
  if (what === undefined) return undefined;
  // A range has the protocol in the name of its map or, after the address, in its key.
  if (what === 'range' ? protocol === undefined && listen === undefined : protocol !== undefined) return undefined;
  return {
    label,
    family: digit === '4' ? 'ip' : 'ip6',
    withAddress: listen !== undefined,
    what: what as MapRole['what'],
    protocol,
  };
}
