import type { BootSysctl } from '../boot/boot-facts.ts';
import { FORWARDING } from '../host/facts.ts';
import { FORWARD_GUARD } from '../lower/forward-guard.ts';
import { LOOPBACK_GUARD } from '../lower/loopback-guard.ts';
import type { SysctlValue } from './sysctl-plan.ts';

export const withGuards = (wanted: readonly SysctlValue[]): BootSysctl[] =>
  wanted.map(([path, value]) => ({ path, value, guard: guardOf(path) }));

function guardOf(path: string): string | undefined {
  if (path === FORWARDING.ip || path === FORWARDING.ip6) return FORWARD_GUARD;
  return path.endsWith('/route_localnet') ? LOOPBACK_GUARD : undefined;
}
