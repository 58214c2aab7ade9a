import { INHERITED } from '../../boot/open-links-script.ts';
import { uplinksOf } from '../../model/routing/uplinks.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { coversInterface } from '../../model/interface-name.ts';
import type { Forward } from '../../model/model.ts';
import { isPublished } from '../../model/published.ts';
import type { SysctlReader } from './along.ts';
import type { SysctlValue } from './required.ts';

type Read = (path: string) => string | undefined;

/** The link may be a pattern as in the model: `ppp*`; `*` is every interface except lo. */
export const routeLocalnet = (link: string): string => `net/ipv4/conf/${link}/route_localnet`;

/** The kernel copies it to interfaces that are created later. */
export const FUTURE_LINKS = routeLocalnet('default');

/** Undefined: the interface is gone. */
export const isOn = (value: string | undefined): boolean => value !== undefined && value !== '0';

/** Whether a sysctl need not be written. */
export const isSatisfied = (path: string, value: string | undefined, wanted: string): boolean =>
  value === wanted || (linkOf(path) !== undefined && isOn(value) && isOn(wanted));

/**
 * Where packets for a published service come in, and where its answers leave: the kernel lets neither pass without
 * route_localnet (docs/netfilter.md, fact 32). Without the host facts, only the interfaces that the file names are known.
 */
export function publishedSysctls(
  forwards: readonly Forward[],
  facts: HostFacts | undefined,
  read: Read,
): SysctlValue[] {
  const published = forwards.filter(isPublished);
  if (published.length === 0) return [];
  const links = published.some(({ interfaces }) => interfaces.length === 0)
    ? ['*']
    : [...published.flatMap(({ interfaces }) => interfaces), ...(facts === undefined ? [] : uplinksOf(facts))];
  const paths = [...new Set(links)].map(routeLocalnet);
  return [
    ...paths.map((path): SysctlValue => [path, '1']),
    ...(isInheritedByNamespaces(read) ? [] : [[FUTURE_LINKS, INHERITED] as const]),
  ];
}

/**
 * A network namespace that is created later, such as that of a container, starts with the `default` values of the
 * initial one, unless devconf_inherit_init_net is 2. It has no guard chain, so its own 127.0.0.1 would be open. Only the
 * initial namespace has these two sysctls.
 */
const isInheritedByNamespaces = (read: Read): boolean =>
  read('net/core/netdev_max_backlog') !== undefined && read('net/core/devconf_inherit_init_net') !== '2';

/** The sysctls of this host that the patterns mean: those of interfaces with an IPv4 address or route. */
export function expandLinks(required: readonly SysctlValue[], facts: HostFacts): SysctlValue[] {
  const links = required.some(([path]) => path.includes('*')) ? linksOf(facts) : [];
  const values = required.flatMap(([path, value]): SysctlValue[] =>
    path.includes('*')
      ? links
          .map(routeLocalnet)
          .filter((one) => isCoveredBy(path, one))
          .map((one) => [one, value])
      : [[path, value]],
  );
  return [...new Map(values)];
}

/** Whether a required path, which may be a pattern, covers this path of the host. */
function isCoveredBy(required: string, path: string): boolean {
  const [pattern, link] = [linkOf(required), linkOf(path)];
  if (pattern === undefined || link === undefined || link === 'default') return required === path;
  return coversInterface(pattern, link);
}

/** Whether portfwd changed the value; of a pattern, that of any interface. */
export const isChanged = (required: string, saved: SavedSysctls): boolean =>
  Object.entries(saved).some(([path, was]) => !isOthers(path, was) && isCoveredBy(required, path));

/** The interface of a route_localnet sysctl, or `default`. */
export const linkOf = (path: string): string | undefined =>
  /^net\/ipv4\/conf\/(?<link>.+)\/route_localnet$/.exec(path)?.groups?.['link'];

const linksOf = ({ addresses, onLink, routed = [] }: HostFacts): string[] =>
  [
    ...new Set([
      ...addresses.filter(({ address }) => !address.includes(':')).map((entry) => entry.interface),
      ...[...onLink, ...routed].filter(({ prefix }) => !prefix.includes(':')).map((route) => route.interface),
    ]),
  ].filter((name) => name !== 'lo');

/**
 * Interfaces that inherited the value that portfwd gave `default`, with what they would have inherited without portfwd.
 * Nothing is saved for them. `future` is the value of `default`: an older portfwd wrote 1.
 */
export function laterLinks(saved: SavedSysctls, future: string | undefined, reader: SysctlReader): SysctlValue[] {
  const inherited = saved[FUTURE_LINKS];
  if (inherited === undefined) return [];
  return openAndNotSaved(saved, reader)
    .filter((path) => future === '1' || reader.read(path) === INHERITED)
    .map((path) => [path, inherited]);
}

/**
 * What is saved of a sysctl that is right already. Nothing as long as portfwd keeps `default` at 2: an interface that has
 * 2 as well inherited it, and another program may still set it to 1.
 */
export function originalOf(
  path: string,
  wanted: readonly SysctlValue[],
  saved: SavedSysctls,
  { read }: SysctlReader,
): string | undefined {
  if (saved[path] !== undefined || linkOf(path) === undefined) return saved[path];
  if (read(FUTURE_LINKS) === '1') return saved[FUTURE_LINKS];
  const isKept = wanted.some(([one]) => one === FUTURE_LINKS);
  return read(path) === INHERITED && !isKept ? saved[FUTURE_LINKS] : undefined;
}

/**
 * Saved values that stay saved although no interface of this host has to be set now: of interfaces that the boot script
 * set, and of those that others had set. The latter are written down before `default` is set for the first time, so
 * that they do not count as interfaces that came later.
 */
export function notToRestore(
  required: readonly SysctlValue[],
  saved: SavedSysctls,
  reader: SysctlReader,
): Record<string, string> {
  const opensFuture = required.some(([path]) => path === FUTURE_LINKS);
  const isFirst = opensFuture && saved[FUTURE_LINKS] === undefined && !isOn(reader.read(FUTURE_LINKS));
  const others = isFirst ? openAndNotSaved(saved, reader) : [];
  const isRequired = (path: string): boolean =>
    required.some(([one]) => linkOf(one) !== undefined && isCoveredBy(one, path));
  const known = Object.entries(saved)
    .filter(([path, was]) => (isOthers(path, was) ? opensFuture : isRequired(path)))
    // Of the interfaces of containers that have ended, nothing is kept.
    .filter(([path]) => reader.read(path) !== undefined);
  return Object.fromEntries([...others.map((path) => [path, reader.read(path) ?? '1'] as const), ...known]);
}

/** Such a saved value is never put back: it may have been turned off since, and it would have no guard chain. */
export const isOthers = (path: string, original: string): boolean => linkOf(path) !== undefined && isOn(original);

/** The open interfaces of which nothing is saved. */
export const openAndNotSaved = (saved: SavedSysctls, { read, interfaces }: SysctlReader): string[] =>
  interfaces('ipv4')
    .filter((name) => name !== 'lo')
    .map(routeLocalnet)
    .filter((path) => saved[path] === undefined && isOn(read(path)));
