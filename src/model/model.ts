import type { ModelPath } from '../finding/finding.ts';

/** The words nft uses for IPv4 and IPv6. */
export type Family = 'ip' | 'ip6';
export type Protocol = 'tcp' | 'udp' | 'sctp';
export type MasqueradeMode = 'auto' | 'always' | 'never';
type ForwardingMode = 'require' | 'enable' | 'ignore';

/** Both ends are included; `first <= last`, 1 to 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Without an address: every address the host has, now and later, of the forward's family. */
export interface Listen {
  readonly address?: string | undefined;
  /** Where the listen itself says it: by its address, `0.0.0.0` or `[::]`. */
  readonly family?: Family | undefined;
  readonly ports: PortRange;
  readonly path: ModelPath;
}

/** `ports` is as long as every listen of the forward; without `ports` the port is kept. */
export interface Target {
  readonly address: string;
  readonly ports?: PortRange | undefined;
  readonly path: ModelPath;
}

/** One line of the model. Addresses are canonical (dotted quad, RFC 5952). */
export interface Forward {
  readonly name: string;
  readonly family: Family;
  readonly protocols: readonly Protocol[];
  readonly listens: readonly Listen[];
  readonly target: Target;
  /** Names of interfaces, a trailing `*` where `wildcard` allows it; none = any interface. */
  readonly interfaces: readonly string[];
  /** Clients outside that may use it: addresses and prefixes without host bits, none in another; none = everybody. */
  readonly from: readonly string[];
  readonly masquerade: MasqueradeMode;
  readonly loopback: boolean;
  readonly enabled: boolean;
  readonly comment?: string | undefined;
  readonly path: ModelPath;
}

export interface Model {
  readonly version: 1;
  readonly forwarding: ForwardingMode;
  /** Of the prerouting and output nat hooks; lower runs first. */
  readonly priority: number;
  readonly forwards: readonly Forward[];
}

/** What `lower` and most checks look at: the forwards that are switched on. */
export const enabledForwards = ({ forwards }: Model): readonly Forward[] => forwards.filter(({ enabled }) => enabled);

export const lengthOf = ({ first, last }: PortRange): number => last - first + 1;

/** The target's ports for one listen: its own, or the listen's where none are given. */
export const targetPorts = (target: Target, listen: Listen): PortRange => target.ports ?? listen.ports;

/** Every port stays as it is. */
export const keepsPorts = (target: Target, listen: Listen): boolean =>
  targetPorts(target, listen).first === listen.ports.first;

/** One element of a map, however long; everything else is one for each port (fact 7). */
export const isKeptRange = (target: Target, listen: Listen): boolean =>
  lengthOf(listen.ports) > 1 && keepsPorts(target, listen);

/** `6000`, `203.0.113.1:53`, `[2001:db8::1]:27000-27100`; any address of IPv6 as `[::]:443`. */
export function formatListen({ address, ports }: Listen, family: Family): string {
  if (address !== undefined) return formatEndpoint(address, ports);
  return family === 'ip6' ? `[::]:${formatPorts(ports)}` : formatPorts(ports);
}

export const formatTarget = ({ address, ports }: Target): string =>
  ports === undefined ? bracketed(address) : formatEndpoint(address, ports);

export const formatPorts = ({ first, last }: PortRange): string => (first === last ? `${first}` : `${first}-${last}`);

const formatEndpoint = (address: string, ports: PortRange): string => `${bracketed(address)}:${formatPorts(ports)}`;
const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
