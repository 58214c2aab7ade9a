import { isLoopback } from '../model/address.ts';
import { networkOf } from '../model/prefix.ts';
import { lengthOfFamily } from './addresses.ts';
import type { Probe } from './probes.ts';
import type { Link, World } from './world.ts';

/** The input of `ip -batch`, for each machine. */
export interface Setup {
  /** For the machine whose bridges connect the others. `pids`: the namespaces of the others. */
  readonly wires: (pids: { readonly host: number; readonly clients: Pids; readonly targets: Pids }) => string;
  readonly host: string;
  /** One for each link, in their order. Undefined: none is needed there. */
  readonly clients: readonly (string | undefined)[];
  readonly targets: readonly (string | undefined)[];
}

type Pids = readonly (number | undefined)[];

export function setupOf(world: World, probes: readonly Probe[]): Setup {
  const clientsOf = (link: Link): string[] => [
    ...new Set(
      probes.flatMap((probe) =>
        probe.link === link && !link.targets.includes(probe.packet.source) ? [probe.packet.source] : [],
      ),
    ),
  ];
  const gateways = {
    ip: world.links.flatMap((link) => link.addresses.map(({ address }) => address)).find((one) => !one.includes(':')),
    ip6: probes.some(({ packet }) => packet.destination.includes(':')) ? GATEWAY6 : undefined,
  };
  return {
    wires: (pids) => world.links.map((link, at) => wiresOf(link, at, pids)).join(''),
    host: [
      'link set lo up',
      ...world.loopback.map((address) => `address add ${address} dev lo${nodad(address)}`),
      ...world.links.flatMap((link) => hostLink(link, clientsOf(link), gateways)),
      '',
    ].join('\n'),
    clients: world.links.map((link) => machine(link, clientsOf(link), gateways)),
    targets: world.links.map((link) => machine(link, link.targets, gateways)),
  };
}

function wiresOf(
  { interface: name }: Link,
  at: number,
  { host, clients, targets }: Parameters<Setup['wires']>[0],
): string {
  const wire = (own: string, peer: string, pid: number | undefined): string[] =>
    pid === undefined
      ? []
      : [`link add ${own} master b${at} type veth peer name ${peer} netns ${pid}`, `link set ${own} up`];
  return [
    `link add b${at} type bridge`,
    `link set b${at} up`,
    ...wire(`h${at}`, name, host),
    ...wire(`c${at}`, INSIDE, clients[at]),
    ...wire(`t${at}`, INSIDE, targets[at]),
    '',
  ].join('\n');
}

/** The interface of a client or target. */
const INSIDE = 'to-host';
/** An address of the host on every link, so that the others have an IPv6 gateway. */
const GATEWAY6 = 'fe80::1';

/** Undefined: the family is not used. */
interface Gateways {
  readonly ip: string | undefined;
  readonly ip6: string | undefined;
}

function hostLink(
  { interface: name, addresses, targets }: Link,
  clients: readonly string[],
  { ip6 }: Gateways,
): string[] {
  const near = [...targets, ...clients].filter((address) => addresses.every((one) => one.address !== address));
  return [
    `link set ${name} up`,
    ...(ip6 === undefined ? [] : [`address add ${ip6}/64 dev ${name} nodad`]),
    ...addresses.map(
      ({ address, prefixLength }) => `address add ${address}/${prefixLength} dev ${name}${nodad(address)}`,
    ),
    ...near.map((address) => `route replace ${address}/${lengthOfFamily(address)} dev ${name}`),
  ];
}

function machine({ addresses }: Link, own: readonly string[], { ip, ip6 }: Gateways): string | undefined {
  if (own.length === 0) return undefined;
  const subnets = addresses.map(({ address, prefixLength }) => networkOf(address, prefixLength));
  const near = addresses.find(({ address }) => !address.includes(':'))?.address ?? ip;
  return [
    'link set lo up',
    `link set ${INSIDE} up`,
    ...own
      .filter((one) => !isLoopback(one))
      .map((one) => `address add ${one}/${lengthOfFamily(one)} dev ${INSIDE}${nodad(one)}`),
    ...subnets.map((subnet) => `route replace ${subnet} dev ${INSIDE}`),
    ...(near === undefined ? [] : [`route replace default via ${near} dev ${INSIDE} onlink`]),
    ...(ip6 === undefined ? [] : [`route replace default via ${ip6} dev ${INSIDE}`]),
    '',
  ].join('\n');
}

const nodad = (address: string): string => (address.includes(':') ? ' nodad' : '');
