import { Failure } from '../../failure/failure.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { run } from '../process/run.ts';
import type { SavedSysctls } from '../state/sysctl.ts';
import { readForwarding } from './forwarding.ts';
import { prefixOf, routedPrefixes, type Route } from './routes.ts';

/** Reads the kernel's addresses and routes with ip(8), as any user. A sysctl that portfwd itself turned on is in `saved`. */
export async function readHostFacts(saved: SavedSysctls): Promise<HostFacts> {
  const [links, routes4, routes6] = await Promise.all([
    ip<Link>(['address', 'show']),
    ip<Route>(['-4', 'route', 'show', 'table', 'main']),
    ip<Route>(['-6', 'route', 'show', 'table', 'main']),
  ]);
  return {
    version: 1,
    addresses: links.flatMap(({ ifname, addr_info }) => addr_info.flatMap((info) => addressOf(ifname, info))),
    onLink: [
      ...routes4.filter(({ scope }) => scope === 'link').flatMap((route) => onLinkOf(route, 32)),
      ...routes6.flatMap((route) => onLinkOf(route, 128)),
    ],
    routed: [...routedPrefixes(routes4, 'ip'), ...routedPrefixes(routes6, 'ip6')],
    forwarding: readForwarding(saved),
  };
}

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly local?: string;
    /** The peer of a point-to-point link, to which the prefix then belongs. */
    readonly address?: string;
    readonly prefixlen?: number;
    readonly broadcast?: string;
  }[];
}

function addressOf(
  name: string,
  { local, address, prefixlen, broadcast }: Link['addr_info'][number],
): HostFacts['addresses'][number][] {
  if (local === undefined || prefixlen === undefined) return [];
  const prefixLength = address === undefined ? prefixlen : local.includes(':') ? 128 : 32;
  return [{ interface: name, address: local, prefixLength, ...(broadcast === undefined ? {} : { broadcast }) }];
}

/** A default route without a gateway (of a point-to-point link) is not a subnet. */
function onLinkOf({ type, dst, dev, gateway, via, nexthops }: Route, length: number): HostFacts['onLink'][number][] {
  if (dst === 'default' || dev === undefined || gateway !== undefined || via !== undefined || nexthops !== undefined)
    return [];
  if (type !== undefined && type !== 'unicast') return [];
  return [{ prefix: prefixOf(dst, length), interface: dev }];
}

async function ip<T>(args: readonly string[]): Promise<readonly T[]> {
  const { exitCode, stdout, stderr } = await run('ip', ['-j', ...args]);
  // If the kernel has no IPv6, ip fails and there are no routes.
  if (exitCode !== 0 && !/not supported|FIB table does not exist/i.test(stderr)) {
    throw new Failure(
      'tool-failed',
      'ip could not list the addresses and routes of this host',
      'see its message below; portfwd needs the ip command of iproute2',
      stderr.trim(),
    );
  }
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as T[]);
}
