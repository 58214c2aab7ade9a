import { FORWARDING } from '../../host/observe/forwarding.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import { FORWARD_GUARD } from '../../lower/guard/forward-guard.ts';
import { LOOPBACK_GUARD } from '../../lower/guards.ts';
import type { BootSysctl } from '../../boot/boot-plan.ts';
import { sysctlName } from '../../diagnose/printed-command.ts';
import type { SysctlValue } from './required.ts';
import { FUTURE_LINKS, isOn, isOthers, linkOf } from './route-localnet.ts';

/** Sysctls that portfwd turned on and whose guard chain is not loaded any more: the table or the chain was removed. */
export function unguardedSysctls(
  saved: SavedSysctls,
  chains: readonly string[],
  read: (path: string) => string | undefined,
): string[] {
  const ours = Object.entries(saved).filter(([path, was]) => !isOthers(path, was));
  const open = ours.map(([path]) => path).filter((path) => isOn(read(path)));
  return open.flatMap((path) => {
    const link = linkOf(path);
    if (link !== undefined && !chains.includes(LOOPBACK_GUARD)) {
      return [
        path === FUTURE_LINKS
          ? 'route_localnet is on for interfaces that are created later and its guard chain is not loaded: hosts on such links will reach services on 127.0.0.1'
          : `route_localnet is on for ${link} and its guard chain is not loaded: hosts on that link can reach services on 127.0.0.1`,
      ];
    }
    return opensRouting(path, saved) && !chains.includes(FORWARD_GUARD)
      ? [`${sysctlName(path)} is on and its guard chain is not loaded: this host routes all traffic`]
      : [];
  });
}

/** A single interface counts if portfwd turned on that one alone. */
function opensRouting(path: string, saved: SavedSysctls): boolean {
  if (path === FORWARDING.ip || path === FORWARDING.ip6) return true;
  return isRouting(path) && saved[path] === '0' && saved[FORWARDING.ip] === undefined;
}

const isRouting = (path: string): boolean =>
  path === FORWARDING.ip || path === FORWARDING.ip6 || /^net\/ipv4\/conf\/.+\/forwarding$/.test(path);

export const withGuards = (wanted: readonly SysctlValue[]): BootSysctl[] =>
  wanted.map(([path, value]) => ({ path, value, guard: guardOf(path) }));

function guardOf(path: string): string | undefined {
  if (isRouting(path)) return FORWARD_GUARD;
  return path.endsWith('/route_localnet') ? LOOPBACK_GUARD : undefined;
}
