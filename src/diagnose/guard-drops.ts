import type { Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { gatewayLinksOf } from '../model/routing/uplinks.ts';
import { formatList } from './name-list.ts';

/** Connections from networks behind this host that the guard dropped: perhaps guests of another program without NAT. */
export const diagnoseGuardDrops = (fromInside: number, facts: HostFacts): Finding[] =>
  fromInside === 0
    ? []
    : [
        {
          code: 'host/guard-drops',
          message: `the guard dropped ${fromInside} ${fromInside === 1 ? 'packet' : 'packets'} from networks behind this host${throughText(facts)}, since no program translates ${fromInside === 1 ? 'it' : 'them'}: portfwd turned routing on for forwards only`,
          remedy:
            'to let containers, virtual machines or a LAN reach other networks by IPv4, let their program masquerade them; to let clients reach a port of theirs, add a forward; for all other traffic, such as IPv6 without NAT, turn routing on yourself (net.ipv4.ip_forward=1, for IPv6 net.ipv6.conf.all.forwarding=1, in a file in /etc/sysctl.d), which opens this host to all traffic from the next boot on',
          path: ['forwarding'],
        },
      ];

/** The counter does not tell the interfaces apart, so these are all through which such packets can come in. */
function throughText(facts: HostFacts): string {
  const others = new Set(['lo', ...gatewayLinksOf(facts)]);
  const withNetwork = facts.onLink.filter(({ prefix }) => !prefix.startsWith('fe80:')).map((route) => route.interface);
  const names = [...new Set(withNetwork)].filter((name) => !others.has(name));
  if (names.length === 0) return '';
  return names.length === 1 ? `, through ${names.join('')}` : `, through one or more of ${formatList(names)}`;
}
