import { hostRoute } from '../../src/explain/packet.ts';
import type { HostFacts } from '../../src/model/host-facts.ts';
import { longestMatch } from '../../src/model/prefix.ts';
import type { RouteLookup } from '../../src/model/routing/route-lookup.ts';
import type { Packet, Route } from '../../src/simulate/packet.ts';

/** The host of test/packet/lab/lab.ts, with a link-local address that does not depend on its hardware. */
export const LAB_HOST: HostFacts = {
  version: 1,
  addresses: [
    { interface: 'lo', address: '127.0.0.1', prefixLength: 8 },
    { interface: 'lo', address: '::1', prefixLength: 128 },
    { interface: 'out0', address: '203.0.113.1', prefixLength: 24, broadcast: '203.0.113.255' },
    { interface: 'out0', address: '203.0.113.2', prefixLength: 32 },
    { interface: 'out0', address: '2001:db8:1::1', prefixLength: 64 },
    { interface: 'out0', address: 'fe80::1', prefixLength: 64 },
    { interface: 'in0', address: '10.0.0.1', prefixLength: 24, broadcast: '10.0.0.255' },
    { interface: 'in0', address: '2001:db8:2::1', prefixLength: 64 },
    { interface: 'svc0', address: '192.168.0.2', prefixLength: 24, broadcast: '192.168.0.255' },
    { interface: 'svc0', address: '2001:db8:3::2', prefixLength: 64 },
  ],
  onLink: [
    { prefix: '203.0.113.0/24', interface: 'out0' },
    { prefix: '10.0.0.0/24', interface: 'in0' },
    { prefix: '192.168.0.0/24', interface: 'svc0' },
    { prefix: '2001:db8:1::/64', interface: 'out0' },
    { prefix: '2001:db8:2::/64', interface: 'in0' },
    { prefix: '2001:db8:3::/64', interface: 'svc0' },
    { prefix: 'fe80::/64', interface: 'out0' },
  ],
  routed: [
    { prefix: '0.0.0.0/0', via: '203.0.113.7', interface: 'out0' },
    { prefix: '198.51.100.0/24', via: '203.0.113.7', interface: 'out0' },
    { prefix: '198.51.100.128/25', via: '10.0.0.3', interface: 'in0' },
    { prefix: '2001:db8:9::/64', via: 'fe80::7', interface: 'out0' },
  ],
  forwarding: { ip: true, ip6: true },
};

/** The same where routing is off, or was until portfwd turned it on. */
export const NO_ROUTER: HostFacts = { ...LAB_HOST, forwarding: { ip: false, ip6: false } };

/** The same with so many routes that the ruleset has pairs of prefixes. No packet of the tests comes from their addresses. */
export const MANY_ROUTES: HostFacts = {
  ...LAB_HOST,
  routed: [
    ...(LAB_HOST.routed ?? []),
    ...Array.from({ length: 20 }, (_, n) => ({
      prefix: `198.51.100.${200 + n}/32`,
      via: '10.0.0.3',
      interface: 'in0',
    })),
    ...Array.from({ length: 20 }, (_, n) => ({
      prefix: `2001:db8:9::${n + 100}/128`,
      via: '2001:db8:2::3',
      interface: 'in0',
    })),
  ],
};

type Routed = NonNullable<HostFacts['routed']>[number];

/** In the lab, TCP packets that come in through in0 have a mark, with which these routes count. */
const MARK = 7;
export const MARKED_ROUTES: readonly Routed[] = [
  { prefix: '198.51.100.20/32', via: '10.0.0.3', interface: 'in0' },
  ...['10.0.0.2/32', '10.0.0.3/32'].map((prefix) => ({ prefix, via: '203.0.113.7', interface: 'out0' })),
  { prefix: '2001:db8:9::20/128', via: '2001:db8:2::3', interface: 'in0' },
  { prefix: '2001:db8:2::2/128', via: '2001:db8:1::7', interface: 'out0' },
];
export const isMarked = ({ path, iifname, protocol }: Packet): boolean =>
  path === 'incoming' && iifname === 'in0' && protocol === 'tcp';

/** The same where portfwd knows of the mark. */
export const MARKED: HostFacts = {
  ...LAB_HOST,
  forwarded: lookups(({ address }) => usualLookup(address)),
  marked: lookups(({ address, route }) => [
    { mark: MARK, interfaces: ['in0'], lookup: lookupOf(route) },
    { mark: 0, lookup: usualLookup(address) },
  ]),
};

function lookups<T>(of: (target: { readonly address: string; readonly route: Routed }) => T): Record<string, T> {
  const targets = MARKED_ROUTES.map((route) => ({ address: route.prefix.replace(/\/.*/, ''), route }));
  return Object.fromEntries(targets.map((target) => [target.address, of(target)]));
}

function usualLookup(address: string): RouteLookup {
  const routes = [...LAB_HOST.onLink, ...(LAB_HOST.routed ?? [])];
  const prefix = longestMatch(
    routes.map((route) => route.prefix),
    address,
  );
  const route = routes.find((one) => one.prefix === prefix);
  if (route === undefined) throw new Error(`no route to ${address}`);
  return lookupOf(route);
}

function lookupOf({ prefix, ...hop }: HostFacts['onLink'][number]): RouteLookup {
  return { kind: 'unicast', prefix, table: 'main', hops: [hop] };
}

/** Packets for addresses outside all subnets go to the client, which does not route them. */
export const labRoute =
  (packet: Packet): Route =>
  (address) => {
    const marked = isMarked(packet) ? MARKED_ROUTES.find(({ prefix }) => prefix.startsWith(`${address}/`)) : undefined;
    if (marked !== undefined) return { local: false, oifname: marked.interface };
    const route = hostRoute(LAB_HOST)(address);
    return route.oifname === undefined ? { local: false, oifname: 'out0' } : route;
  };
