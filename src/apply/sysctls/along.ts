import { FORWARDING } from '../../host/observe/forwarding.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import { forwardingPath } from '../../model/routing/forwarding.ts';

/** A value that the kernel changes along with another one. */
export interface AlongValue {
  readonly path: string;
  /** The value now. */
  readonly before: string;
  /** To be written after the other one. Undefined: what the kernel makes of it is right. */
  readonly after: string | undefined;
}

/** What is asked of the host: values, and the interfaces that have settings of a family. */
export interface SysctlReader {
  readonly read: (path: string) => string | undefined;
  readonly interfaces: (family: 'ipv4' | 'ipv6') => readonly string[];
}

/** A value for the whole host, which the kernel copies to every interface. */
export const isForWholeHost = (path: string): boolean => path === FORWARDING.ip || path === FORWARDING.ip6;

/**
 * Writing the value for the whole host changes that of every interface, of interfaces that come later, and for IPv4
 * whether redirects are accepted. For IPv6, 0 also ends what single interfaces forward (docs/netfilter.md, fact 34).
 */
function pathsAlong(path: string, { interfaces }: SysctlReader): string[] {
  switch (path) {
    case FORWARDING.ip:
      return [REDIRECTS, DEFAULT.ip, ...interfaces('ipv4').map((name) => forwardingPath(name, 'ip'))];
    case FORWARDING.ip6:
      return [
        DEFAULT.ip6,
        ...interfaces('ipv6').flatMap((name) => [`net/ipv6/conf/${name}/forwarding`, forwardingPath(name, 'ip6')]),
      ];
    default:
      return [];
  }
}

const REDIRECTS = 'net/ipv4/conf/all/accept_redirects';
const DEFAULT = { ip: 'net/ipv4/conf/default/forwarding', ip6: 'net/ipv6/conf/default/forwarding' } as const;

/** Whether a value changes along with the one for the whole host; the interface may be gone. */
export function isAlong(path: string, whole: string): boolean {
  switch (whole) {
    case FORWARDING.ip:
      return path === REDIRECTS || /^net\/ipv4\/conf\/.+\/forwarding$/.test(path);
    case FORWARDING.ip6:
      return path !== whole && /^net\/ipv6\/conf\/.+\/(?:force_)?forwarding$/.test(path);
    default:
      return false;
  }
}

/** The values that change along with a value that portfwd sets. */
export const alongOnSet = (path: string, reader: SysctlReader): AlongValue[] =>
  pathsAlong(path, reader).flatMap((along) => {
    const before = reader.read(along);
    return before === undefined ? [] : [{ path: along, before, after: undefined }];
  });

/** The same for a value that is restored. An interface that came later gets what it would have inherited. */
export const alongOnRestore = (path: string, saved: SavedSysctls, reader: SysctlReader): AlongValue[] =>
  pathsAlong(path, reader).flatMap((along) => {
    const before = reader.read(along);
    return before === undefined
      ? []
      : [{ path: along, before, after: saved[along] ?? laterValue(along, before, saved) }];
  });

/** What an interface that came later gets. */
function laterValue(path: string, before: string, saved: SavedSysctls): string | undefined {
  if (path === REDIRECTS) return undefined;
  if (path.endsWith('/force_forwarding')) return before;
  return saved[path.startsWith('net/ipv4/') ? DEFAULT.ip : DEFAULT.ip6];
}
