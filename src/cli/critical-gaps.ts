import { FORWARDING } from '../host/facts.ts';
import type { Remembered } from '../host/sysctl.ts';
import { FORWARD_GUARD } from '../lower/forward-guard.ts';
import { LOOPBACK_GUARD } from '../lower/loopback-guard.ts';

/** What portfwd opened and nothing guards any more, since somebody removed the table or a chain of it. */
export function criticalGaps(
  remembered: Remembered,
  chains: readonly string[],
  read: (path: string) => string | undefined,
): string[] {
  const open = Object.keys(remembered).filter((path) => read(path) === '1');
  return open.flatMap((path) => {
    const link = /^net\/ipv4\/conf\/(?<link>.+)\/route_localnet$/.exec(path)?.groups?.['link'];
    if (link !== undefined && !chains.includes(LOOPBACK_GUARD)) {
      return [`route_localnet is on for ${link} and its guard is gone: neighbours reach what listens on 127.0.0.1`];
    }
    const routes = path === FORWARDING.ip || path === FORWARDING.ip6;
    return routes && !chains.includes(FORWARD_GUARD)
      ? [`${path.replaceAll('/', '.')} is on and its guard is gone: this host routes for everybody`]
      : [];
  });
}
