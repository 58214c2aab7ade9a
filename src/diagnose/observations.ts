import type { Link } from '../model/routing/links.ts';
import type { Family, PortRange } from '../model/model.ts';
import type { Service } from '../model/routing/services.ts';

/** The present state of the host, as far as it can affect a forward. `host` reads it. Undefined: not known. */
export interface Observations {
  readonly sockets: readonly ObservedSocket[];
  readonly session: SshSession | undefined;
  /** All interfaces. */
  readonly links: readonly Link[] | undefined;
  readonly tables: readonly ForeignTable[] | undefined;
  readonly localPorts: LocalPorts | undefined;
  readonly reversePath: ReversePath | undefined;
  readonly bridges: BridgeNetfilter | undefined;
  readonly replies: Replies | undefined;
}

/** A TCP socket that listens, or a UDP socket without a peer. */
export interface ObservedSocket {
  readonly protocol: 'tcp' | 'udp';
  /** Canonical; `::` means every address of both families. */
  readonly address: string;
  readonly port: number;
  readonly process: string | undefined;
}

/** The connection of the SSH login under which portfwd runs: its local end. */
export interface SshSession {
  readonly address: string;
  readonly port: number;
  /** The address of the other end. */
  readonly client: string;
}

export type ForeignTable = NftTable | IptablesTable;

export interface NftTable {
  readonly kind: 'nft';
  readonly family: string;
  readonly name: string;
  readonly chains: readonly BaseChain[];
  /** In libnftables JSON; undefined: they could not be read. */
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
  /** The program that changes it: `iptables`, `ip6tables-legacy`. */
  readonly command: string;
  /** As `iptables -S` prints them. */
  readonly lines: readonly string[];
}

/** The kernel gives these ports, except the reserved ones, to programs that ask for any port. */
export interface LocalPorts {
  readonly range: PortRange;
  readonly reserved: readonly PortRange[];
}

/** Of IPv4. */
export interface ReversePath {
  /** Interfaces on which strict rp_filter refuses packets from an address that only a default route matches. */
  readonly refusing: readonly string[];
  /** Through which packets to such an address leave. */
  readonly outgoing: readonly string[];
}

export interface BridgeNetfilter {
  /** The families whose bridged packets pass through the hooks of IP. */
  readonly families: readonly Family[];
  readonly ports: readonly { readonly interface: string; readonly bridge: string; readonly hairpin: boolean }[];
  /** The port behind which a bridge has seen the machine with an address. */
  readonly portsByAddress: ReadonlyMap<string, string>;
}

/** How the kernel routes the replies to clients on the internet. */
export interface Replies {
  readonly uplinks: readonly Uplink[];
  /** Of the targets; asked only if there are several uplinks of one family, or rules that can send them elsewhere. */
  readonly routes: readonly ReplyRoute[];
}

/** An interface with a default route, in any table that the routing rules select. */
export interface Uplink {
  readonly family: Family;
  readonly interface: string;
  readonly router?: string | undefined;
  /** The table of the default route, if a routing rule for an address of the interface selects it. */
  readonly table?: string | undefined;
}

export interface ReplyRoute {
  readonly target: string;
  /** The packet mark for which a routing rule asks. */
  readonly mark?: number | undefined;
  /** An example of the services whose replies take it. Undefined: it does not matter. */
  readonly service?: Service | undefined;
  /** Several: a multipath route. None: the reply is lost. */
  readonly interfaces: readonly string[];
  /** Why, if it is lost. */
  readonly lost?: string | undefined;
}
