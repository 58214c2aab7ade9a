/** An interface as the kernel lists it. */
export interface Link {
  readonly name: string;
  /** down: switched off. no-carrier: switched on, and nothing is connected. */
  readonly state: 'up' | 'no-carrier' | 'down';
  readonly mtu: number;
  /** `bridge`, `vrf`, `macvlan`, `wireguard`, …; undefined for most hardware. */
  readonly kind?: string | undefined;
  /** The interface that it is a part of: its bridge, bond, team or VRF. */
  readonly master?: string | undefined;
  /** What its master takes it for: `bridge`, `bond`, `team`, `vrf`, … */
  readonly portOf?: string | undefined;
  /** The interface below it, of a macvlan, an ipvlan or a VLAN. */
  readonly parent?: string | undefined;
  /** It has one other end, as a tunnel or a dial-up connection has. */
  readonly pointToPoint?: boolean | undefined;
  /** The hardware address. */
  readonly address?: string | undefined;
}

/** Why nothing passes: a clause. */
export const stateText = (name: string, state: Link['state']): string =>
  state === 'down' ? `${name} is down` : `${name} has no carrier`;
