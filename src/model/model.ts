import type { ModelPath } from '../finding/finding.ts';

/** The words nft uses for IPv4 and IPv6. */
export type Family = 'ip' | 'ip6';
export type Protocol = 'tcp' | 'udp' | 'sctp';
export type MasqueradeMode = 'auto' | 'always' | 'never';
type MssMode = 'keep' | 'clamp';
type ForwardingMode = 'require' | 'enable' | 'ignore';

/** Both ends are included; `first <= last`, 1 to 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Without an address and an interface: every address of the host in the forward's family, including those added later. */
export interface Listen {
  readonly address?: string | undefined;
  /** The addresses that this interface has when a packet arrives. It may end in `*` (with `wildcard: true`). */
  readonly interface?: string | undefined;
  /** Only if the text of the listen has an address, `0.0.0.0` or `[::]`. */
  readonly family?: Family | undefined;
  readonly ports: PortRange;
  readonly path: ModelPath;
}

/** `ports` has the same length as every listen of the forward. Without `ports` the port does not change. */
export interface Target {
  readonly address: string;
  readonly ports?: PortRange | undefined;
  readonly path: ModelPath;
}

/** One item of `forwards`. Addresses are canonical (dotted quad, RFC 5952). */
export interface Forward {
  readonly name: string;
  readonly family: Family;
  readonly protocols: readonly Protocol[];
  readonly listens: readonly Listen[];
  readonly target: Target;
  /** Names may end in `*` (with `wildcard: true`). Empty: every interface. */
  readonly interfaces: readonly string[];
  /** Clients that may use it: addresses and prefixes without host bits, none inside another. Empty: all clients. */
  readonly from: readonly string[];
  readonly masquerade: MasqueradeMode;
  readonly loopback: boolean;
  readonly mss: MssMode;
  readonly enabled: boolean;
  readonly comment?: string | undefined;
  readonly path: ModelPath;
}

export interface Model {
  readonly version: 1;
  readonly forwarding: ForwardingMode;
  /** Of the base chains at the nat hooks prerouting and output. Lower runs first. */
  readonly priority: number;
  /** Packets, bytes and connections of each forward are counted. */
  readonly counters: boolean;
  /** What the author of the file calls this version of it. */
  readonly revision?: string | undefined;
  readonly forwards: readonly Forward[];
}

/** Before docker, netavark and kube-proxy (-100) and firewalld (-90) at the nat hooks. */
export const DEFAULT_PRIORITY = -105;

/** The forwards that are loaded. */
export const enabledForwards = ({ forwards }: Pick<Model, 'forwards'>): readonly Forward[] =>
  forwards.filter(({ enabled }) => enabled);

export const lengthOf = ({ first, last }: PortRange): number => last - first + 1;

/** The target's ports for one listen: its own, or else those of the listen. */
export const targetPorts = (target: Target, listen: Listen): PortRange => target.ports ?? listen.ports;

/** No port changes. */
export const keepsPorts = (target: Target, listen: Listen): boolean =>
  targetPorts(target, listen).first === listen.ports.first;

/** A port range that becomes one map element. Any other range becomes one element for each port (fact 7). */
export const isKeptRange = (target: Target, listen: Listen): boolean =>
  lengthOf(listen.ports) > 1 && keepsPorts(target, listen);

/** `6000`, `203.0.113.1:53`, `[2001:db8::1]:27000-27100`, `eth0:443`; `[::]:443` for every IPv6 address. */
export function formatListen({ address, interface: name, ports }: Listen, family: Family): string {
  if (name !== undefined) return `${name}:${formatPorts(ports)}`;
  if (address !== undefined) return formatEndpoint(address, ports);
  return family === 'ip6' ? `[::]:${formatPorts(ports)}` : formatPorts(ports);
}

export const formatTarget = ({ address, ports }: Target): string =>
  ports === undefined ? bracketed(address) : formatEndpoint(address, ports);

export const formatPorts = ({ first, last }: PortRange): string => (first === last ? `${first}` : `${first}-${last}`);

const formatEndpoint = (address: string, ports: PortRange): string => `${bracketed(address)}:${formatPorts(ports)}`;
const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
