import type { RoutingStay } from '../../apply/sysctls/routing-stays.ts';
import { formatList } from '../../diagnose/name-list.ts';
import { shellWord, sysctlName } from '../../diagnose/printed-command.ts';
import { GUARD_TABLE } from '../../lower/guard/guard-table.ts';

/** Why routing stays on after the forwards are gone, what guards it, and how to end it. */
export function routingStaysText(stays: readonly RoutingStay[]): string {
  const families = stays.map(({ family }) => (family === 'ip' ? 'IPv4' : 'IPv6'));
  const users = [...new Set(stays.flatMap((stay) => stay.users))];
  const off = stays.flatMap(({ paths }) => paths.map((path) => shellWord(`${sysctlName(path)}=0`)));
  return (
    `${families.join(' and ')} routing stays on, because ${formatList(users)}; ` +
    `the table ${GUARD_TABLE.family} ${GUARD_TABLE.name} drops other new connections, except those of guests on bridges and of other programs' NAT; ` +
    `to end both, which cuts off these programs, stop them and run portfwd down, or run: sysctl -w ${off.join(' ')} && portfwd down`
  );
}
