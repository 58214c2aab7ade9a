import type { Finding } from '../finding/finding.ts';

/** Connections from networks behind this host that the guard dropped: perhaps guests of another program without NAT. */
export const diagnoseGuardDrops = (fromInside: number): Finding[] =>
  fromInside === 0
    ? []
    : [
        {
          code: 'host/guard-drops',
          message: `the guard dropped ${fromInside} ${fromInside === 1 ? 'packet' : 'packets'} from networks behind this host, since no program translates ${fromInside === 1 ? 'it' : 'them'}: portfwd turned routing on for forwards only`,
          remedy:
            'to let containers, virtual machines or a LAN reach other networks by IPv4, let their program masquerade them; to let clients reach a port of theirs, add a forward; for all other traffic, such as IPv6 without NAT, turn routing on yourself (net.ipv4.ip_forward=1, for IPv6 net.ipv6.conf.all.forwarding=1, in a file in /etc/sysctl.d), which opens this host to all traffic from the next boot on',
          path: ['forwarding'],
        },
      ];
