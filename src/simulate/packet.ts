import type { BaseChain } from '../ruleset/ruleset.ts';

/** The first packet of a connection, as it reaches the host or leaves one of its processes. */
export interface Packet {
  /** Incoming: through an interface. Own: from a process on this host. */
  readonly path: 'incoming' | 'own';
  /** Undefined when it is not known; an own packet has none. */
  readonly iifname?: string;
  readonly protocol: string;
  /** Canonical, as every address in a ruleset is. */
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number;
  /** Of TCP: of the flags fin, syn, rst and ack, syn alone. */
  readonly syn: boolean;
}

/** What the host's routing table says of an address; `oifname` is undefined when it is not known. */
export type Route = (address: string) => { readonly local: boolean; readonly oifname?: string | undefined };

export type Hook = BaseChain['hook'];

/** A packet on its way: its fields are what they are now, `original` is what its connection began as. */
export interface Flight extends Packet {
  readonly hook: Hook;
  readonly original: Packet;
  readonly route: Route;
  /** Connection tracking has seen it. */
  readonly tracked?: boolean;
  readonly translated: boolean;
  readonly masqueraded: boolean;
}
