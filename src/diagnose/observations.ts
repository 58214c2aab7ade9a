import type { Family, PortRange } from '../model/model.ts';

/** The host's present state, as far as it can do something to a forward. Read by the host room. Undefined: not known. */
export interface Observations {
  readonly sockets: readonly ObservedSocket[];
  readonly session: SshSession | undefined;
  /** The names of all interfaces. */
  readonly links: readonly string[] | undefined;
  readonly tables: readonly ForeignTable[] | undefined;
  readonly localPorts: LocalPorts | undefined;
  readonly reversePath: ReversePath | undefined;
  readonly bridges: BridgeNetfilter | undefined;
}

/** A TCP socket that listens, or a UDP socket without a peer. */
export interface ObservedSocket {
  readonly protocol: 'tcp' | 'udp';
  /** Canonical; `::` stands for every address of both families. */
  readonly address: string;
  readonly port: number;
  readonly process: string | undefined;
}

/** The local end of the connection that somebody is logged in on. */
export interface SshSession {
  readonly address: string;
  readonly port: number;
  /** The address at its other end. */
  readonly client: string;
}

export type ForeignTable = NftTable | IptablesTable;

export interface NftTable {
  readonly kind: 'nft';
  readonly family: string;
  readonly name: string;
  readonly chains: readonly BaseChain[];
  /** As libnftables-json has them; undefined when they could not be read. */
  readonly rules: readonly { readonly chain: string; readonly expr: readonly unknown[] }[] | undefined;
}

interface BaseChain {
  readonly name: string;
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: string;
}

export interface IptablesTable {
  readonly kind: 'iptables';
  readonly family: Family;
  readonly name: string;
  readonly variant: 'nft' | 'legacy';
  /** `iptables`, `ip6tables-legacy`: what to call to change it. */
  readonly command: string;
  /** As `iptables -S` prints them. */
  readonly lines: readonly string[];
}

/** The ports that the kernel gives to programs that ask for any, but for the reserved ones. */
export interface LocalPorts {
  readonly range: PortRange;
  readonly reserved: readonly PortRange[];
}

export interface ReversePath {
  /** Interfaces under strict rp_filter. */
  readonly strict: readonly string[];
  /** Of IPv4; the kernel takes the lowest metric. */
  readonly defaultRoutes: readonly { readonly interface: string; readonly metric: number }[];
  /** There are routing rules besides the kernel's own, so that the main table is not the whole truth. */
  readonly policyRouting: boolean;
}

export interface BridgeNetfilter {
  /** The families whose bridged packets pass through ip's hooks. */
  readonly families: readonly Family[];
  readonly ports: readonly { readonly interface: string; readonly bridge: string; readonly hairpin: boolean }[];
}
