import { formatList } from '../../diagnose/name-list.ts';
import { shellWord, sysctlName } from '../../diagnose/printed-command.ts';
import { coversInterface } from '../../model/interface-name.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence } from '../evidence.ts';

/** A forward of IPv6 on a host, or on interfaces, where IPv6 is turned off. */
export function ipv6Off({ forward }: Case, { ipv6Off: off, seen: { links = [] } }: Evidence): Cause[] {
  if (forward.family !== 'ip6') return [];
  if (off === 'kernel')
    return [
      cause(
        'ipv6-off',
        'fault',
        'the kernel runs without IPv6, so this host neither receives nor routes its packets',
        'boot without the parameter ipv6.disable=1, or remove the forward',
      ),
    ];
  const named = [...forward.interfaces, ...forward.listens.flatMap((listen) => listen.interface ?? [])];
  const receiving = links
    .map(({ name }) => name)
    .filter((name) => (named.length === 0 ? name !== 'lo' : named.some((pattern) => coversInterface(pattern, name))));
  if (receiving.length === 0 || !receiving.every((name) => off.includes(name))) return [];
  const where = named.length === 0 && off.includes('all') ? ['all'] : receiving;
  const sysctls = where.map((name) => sysctlName(`net/ipv6/conf/${name}/disable_ipv6`));
  return [
    cause(
      'ipv6-off',
      'fault',
      `IPv6 is off on ${named.length === 0 ? 'every interface of this host' : formatList(receiving)} (${formatList(sysctls.map((name) => `${name} is 1`))}), so its packets are not received`,
      `if this was not done on purpose, run: sysctl -w ${sysctls.map((name) => shellWord(`${name}=0`)).join(' ')}; to keep it, write it to a file in /etc/sysctl.d; then add the IPv6 addresses and routes again`,
    ),
  ];
}
