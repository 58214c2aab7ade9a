import type { Finding } from '../../finding/finding.ts';
import { isPrivate } from '../../model/address.ts';
import { groupBy } from '../../model/group-by.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { longestMatch } from '../../model/prefix.ts';
import { replyPathOf } from '../../model/routing/reply-path.ts';
import type { HostBinding } from '../binding.ts';
import { formatForwards } from '../name-list.ts';
import type { Observations } from '../observations.ts';
import { clientsOutside, comesInThrough, keepsSource } from './clients.ts';
import { masquerades } from './masqueraded.ts';
import { addressOn, describeClients, joinClients, MASQUERADE, routeCommands } from './remedy.ts';

/** A target on the link of a router of this host. That router is probably the target's router, too. */
interface Beside {
  readonly binding: HostBinding;
  readonly uplink: { readonly interface: string; readonly router: string };
  readonly subnet: string;
  readonly clients: 'any' | readonly string[];
}

/** The target answers clients of other networks through its router, and the replies bypass this host. */
export function diagnoseOneArmed(
  bindings: readonly HostBinding[],
  facts: HostFacts,
  { tables, replies }: Observations,
): Finding[] {
  const uplinks = [...defaultRouters(facts), ...(replies?.uplinks ?? [])];
  const routerOf = routersBy(uplinks);
  const names = new Set(uplinks.map((uplink) => uplink.interface));
  const rewrites = masquerades(tables);
  const beside = bindings
    .filter((binding) => names.has(binding.routes[0]?.interface ?? '') && keepsSource(binding))
    .flatMap((binding) => besideRouter(binding, routerOf, facts))
    .filter(({ binding, uplink }) => !rewrites(uplink.interface, binding.forward.family));
  return [...groupBy(beside, ({ uplink }) => uplink.router).values()].flatMap((some) => finding(some, facts));
}

const defaultRouters = ({ routed = [] }: HostFacts): Beside['uplink'][] =>
  routed
    .filter(({ prefix }) => prefix.endsWith('/0'))
    .map(({ via, interface: name }) => ({ router: via, interface: name }));

function besideRouter(
  binding: HostBinding,
  routerOf: (name: string, subnet: string) => string | undefined,
  facts: HostFacts,
): Beside[] {
  const { forward, routes } = binding;
  const [route] = routes;
  if (route === undefined || route.via !== undefined) return [];
  const subnet = replyPathOf(facts, forward.target.address)?.subnet;
  if (subnet === undefined) return [];
  if (!comesInThrough(forward, [route.interface])) return [];
  const router = routerOf(route.interface, subnet);
  if (router === undefined) return [];
  const clients = clientsOutside(forward, subnet);
  return clients.length === 0 ? [] : [{ binding, uplink: { interface: route.interface, router }, subnet, clients }];
}

/** The router on a link that the machines of a subnet probably use. Thousands of targets can be in one subnet. */
function routersBy(
  uplinks: readonly { readonly interface: string; readonly router?: string | undefined }[],
): (name: string, subnet: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (name, subnet) => {
    const key = `${name} ${subnet}`;
    if (!known.has(key)) {
      const there = uplinks.filter((uplink) => uplink.interface === name).map(({ router }) => router);
      known.set(
        key,
        there.find((router) => router !== undefined && isRouterOf(router, subnet)),
      );
    }
    return known.get(key);
  };
}

/**
 * A link can have several subnets, and the router an address in each. But an IPv4 router with a public address is probably
 * not that of a private subnet on the same link. In IPv6, machines usually have private addresses beside public ones.
 */
function isRouterOf(router: string, subnet: string): boolean {
  if (router.includes(':') !== subnet.includes(':')) return false;
  return (
    router.includes(':') ||
    longestMatch([subnet], router) !== undefined ||
    isPrivate(router) === isPrivate(subnet.split('/')[0] ?? '')
  );
}

function finding(some: readonly Beside[], facts: HostFacts): Finding[] {
  return some.slice(0, 1).map(({ binding: { listen }, uplink, subnet }) => {
    const clients = joinClients(some.map((one) => one.clients));
    const host = addressOn(uplink.interface, subnet, facts) ?? 'this host';
    return {
      code: 'host/return-path',
      message: `the target of ${formatForwards(some.map(({ binding }) => binding))} is on the link of the router ${uplink.router} (${uplink.interface}): if that is also the router of the target, its replies to ${describeClients(clients, 'of other networks')} bypass this host, and such connections fail`,
      remedy: `${MASQUERADE}; or ${clients === 'any' ? `let the target send its replies to ${host}, as docs/recipes.md shows` : `run on the target: ${routeCommands(clients, host)}`}`,
      path: listen.path,
    };
  });
}
