import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { isLinkLocal, isLoopback } from '../model/address.ts';
import { networkOf } from '../model/prefix.ts';
import type { Forward } from '../model/model.ts';
import type { Route } from '../simulate/packet.ts';
import { freeAddress } from './addresses.ts';

/** An interface of the host, and what is behind it: one machine with the targets, one with the clients. */
export interface Link {
  readonly interface: string;
  /** The host's own addresses on it. */
  readonly addresses: readonly { readonly address: string; readonly prefixLength: number }[];
  readonly targets: readonly string[];
  /** In the subnets of the host. */
  readonly neighbours: readonly string[];
  /** Behind a router: no address of them is in a subnet of the host. */
  readonly outside: readonly string[];
}

/** What is made in namespaces: the host's interfaces and addresses, and a target and clients behind each. */
export interface World {
  readonly links: readonly Link[];
  /** Addresses on lo, apart from those that it always has. */
  readonly loopback: readonly string[];
  readonly facts: HostFacts;
  readonly linkTo: (address: string) => Link | undefined;
  /** The targets to which no route is known. They are behind the interface with the default route. */
  readonly lost: ReadonlySet<string>;
}

export function worldOf(forwards: readonly Forward[], facts: HostFacts, route: Route): World {
  const remote = [...new Set(forwards.map(({ target }) => target.address))].filter((one) => !isLocal(facts, one));
  const interfaces = [
    ...new Set([
      ...facts.addresses.map((entry) => entry.interface),
      ...remote.flatMap((target) => route(target).oifname ?? []),
    ]),
  ].filter((name) => name !== 'lo');
  const outward = outwardOf(facts, interfaces);
  const taken = new Set([...facts.addresses.map(({ address }) => address), ...remote]);
  const links = interfaces.map((name, index): Link => {
    const addresses = facts.addresses.filter((entry) => entry.interface === name && !isLinkLocal(entry.address));
    const targets = remote.filter((target) => (route(target).oifname ?? outward) === name);
    return {
      interface: name,
      addresses,
      targets,
      neighbours: addresses.flatMap(
        ({ address, prefixLength }) => freeAddress(networkOf(address, prefixLength), taken, 201) ?? [],
      ),
      outside: [`198.18.${index % 256}.7`, `2001:2:0:${(index + 1).toString(16)}::7`],
    };
  });
  return {
    links,
    loopback: facts.addresses
      .filter((entry) => entry.interface === 'lo' && !isLoopback(entry.address))
      .map(({ address }) => address),
    facts,
    lost: new Set(remote.filter((target) => route(target).oifname === undefined)),
    linkTo: (address) => links.find(({ targets }) => targets.includes(address)),
  };
}

/** Where packets go that no other route takes. */
function outwardOf({ routed = [], uplinks = [] }: HostFacts, interfaces: readonly string[]): string | undefined {
  const ways = [...uplinks, ...routed.filter(({ prefix }) => prefix.endsWith('/0')).map((way) => way.interface)];
  return ways.find((name) => interfaces.includes(name)) ?? interfaces[0];
}
