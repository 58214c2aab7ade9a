import type { BaseChain } from '../ruleset/ruleset.ts';

/** The first packet of a connection, as it arrives at the host or leaves a process of the host. */
export interface Packet {
  /** incoming: through an interface. own: from a process of this host. */
  readonly path: 'incoming' | 'own';
  /** Undefined if it is not known. An own packet has none. */
  readonly iifname?: string;
  readonly protocol: string;
  /** Addresses are canonical, as in a ruleset. */
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number;
  /** TCP: of the flags fin, syn, rst and ack, only syn is set. */
  readonly syn: boolean;
}

/** The host's route to an address. `oifname` is undefined if it is not known. */
export type Route = (address: string) => {
  readonly local: boolean;
  readonly oifname?: string | undefined;
  /** The interfaces that have a local address. */
  readonly interfaces?: readonly string[] | undefined;
};

export type Hook = BaseChain['hook'];

/** A packet at one hook, with what earlier rules changed. `original` is the packet as its connection began. */
export interface PacketState extends Packet {
  readonly hook: Hook;
  readonly original: Packet;
  readonly route: Route;
  /** Connection tracking has processed it. */
  readonly tracked?: boolean;
  readonly translated: boolean;
  readonly masqueraded: boolean;
}
