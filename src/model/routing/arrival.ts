import type { Link } from './links.ts';

/**
 * The interface on which packets arrive for IP, and whose name a rule with `iifname` sees, if they come in through another
 * one (docs/netfilter.md, fact 43).
 */
export type Arrival =
  /** It is a port of another interface (`the bridge br0`), and packets arrive on `on`. Empty: that is not known. */
  | { readonly kind: 'port'; readonly of: string; readonly on: readonly string[] }
  /** It is a VRF, and packets arrive on its members. */
  | { readonly kind: 'vrf'; readonly on: readonly string[] }
  /** Nothing comes in through it. */
  | { readonly kind: 'dummy'; readonly on: readonly [] };

/** Undefined: packets that come in through the interface arrive on it, as far as that is known. */
export function arrivalOf(links: readonly Link[], name: string): Arrival | undefined {
  const link = links.find((one) => one.name === name);
  if (link === undefined) return undefined;
  if (link.kind === 'vrf')
    return { kind: 'vrf', on: links.filter(({ master }) => master === name).map((member) => member.name) };
  if (link.kind === 'dummy') return { kind: 'dummy', on: [] };
  const { master } = link;
  if (master === undefined || link.portOf === 'vrf') return undefined;
  return { kind: 'port', of: masterText(link.portOf, master), on: receivers(links, link) };
}

/** `br0`, or `eth4 and eth5`. */
export const receiversText = ({ on }: Arrival): string =>
  on.length === 0 ? 'the interface that has the addresses' : on.join(' and ');

/** A clause: where packets arrive that come in through an interface. */
export function arrivalText(name: string, arrival: Arrival): string {
  switch (arrival.kind) {
    case 'port':
      return `${name} is a port of ${arrival.of}, and packets arrive on ${receiversText(arrival)}`;
    case 'vrf':
      return `${name} is a VRF, and packets are translated under the name of the member that they arrive on`;
    case 'dummy':
      return `${name} is a dummy interface, and no packets arrive on it`;
  }
}

function masterText(portOf: string | undefined, master: string): string {
  if (portOf === 'openvswitch') return 'a bridge of Open vSwitch';
  return portOf === 'bridge' || portOf === 'bond' || portOf === 'team' ? `the ${portOf} ${master}` : master;
}

/** The interface at the end: a port of a bond can be below a bridge. A member of a VRF receives under its own name. */
function receivers(links: readonly Link[], port: Link): readonly string[] {
  if (port.portOf === 'openvswitch') return internalPorts(links);
  const master = links.find(({ name }) => name === port.master);
  if (master === undefined) return port.master === undefined ? [] : [port.master];
  if (master.master === undefined || master.portOf === 'vrf') return [master.name];
  return receivers(links, master);
}

/** The kernel does not tell which ports belong to one bridge of Open vSwitch. */
const internalPorts = (links: readonly Link[]): readonly string[] =>
  links.filter(({ kind, name }) => kind === 'openvswitch' && name !== 'ovs-system').map(({ name }) => name);

/** Interfaces above this one that have a hardware address or IP addresses of their own, and receive packets for these. */
export const childrenOf = (links: readonly Link[], name: string): readonly Link[] =>
  links.filter(({ kind, parent }) => parent === name && (kind === 'macvlan' || kind === 'ipvlan'));

/** Made by keepalived with use_vmac, or by another VRRP daemon. */
export const isVrrp = ({ address = '' }: Link): boolean => /^00:00:5e:00:0[12]:/.test(address);
