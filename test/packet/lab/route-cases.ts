import type { Machine } from './lab.ts';

export interface RouteCase {
  readonly name: string;
  /** For each machine, what is set up, and what removes it. */
  readonly setup: Partial<Record<Machine, readonly (readonly [set: string, unset: string])[]>>;
  readonly target: string;
  /** Further forwards. */
  readonly others?: readonly string[];
  readonly server?: Machine;
  /** From a machine, with its address, to an address of the host: what the target sees, or null without an answer. */
  readonly probes: readonly (readonly [from: Machine, source: string, to: string, sees: string | null])[];
}

export const address = (text: string, link: string): readonly [string, string] => [
  `ip address add ${text} dev ${link}${text.includes(':') ? ' nodad' : ''}`,
  `ip address del ${text} dev ${link}`,
];
export const route = (text: string): readonly [string, string] => [`ip route add ${text}`, `ip route del ${text}`];
export const rule = (text: string, family = '-4'): readonly [string, string] => [
  `ip ${family} rule add ${text}`,
  `ip ${family} rule del ${text}`,
];

const FORWARDS = ['sysctl -qw net.ipv4.ip_forward=1', 'sysctl -qw net.ipv4.ip_forward=0'] as const;

export const ROUTE_CASES: readonly RouteCase[] = [
  {
    name: 'a host route beside the shared subnet',
    setup: { host: [route('10.0.0.2/32 dev in0')] },
    target: '10.0.0.2',
    probes: [
      ['neighbour', '10.0.0.3', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', '203.0.113.7'],
    ],
  },
  {
    name: 'the same in IPv6',
    setup: { host: [route('2001:db8:2::2/128 dev in0')] },
    target: '2001:db8:2::2',
    probes: [
      ['neighbour', '2001:db8:2::3', '2001:db8:2::1', '2001:db8:2::1'],
      ['client', '2001:db8:1::7', '2001:db8:1::1', '2001:db8:1::7'],
    ],
  },
  {
    name: 'two prefixes on one link, one inside the other',
    setup: {
      host: [address('10.0.8.1/16', 'in0')],
      backend: [address('10.0.8.2/16', 'eth0')],
      neighbour: [address('10.0.9.3/16', 'eth0')],
    },
    target: '10.0.0.2',
    probes: [
      ['neighbour', '10.0.9.3', '10.0.0.1', '10.0.0.1'],
      ['neighbour', '10.0.0.3', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', '203.0.113.7'],
    ],
  },
  {
    name: 'a host route to the router beside the subnet of the router',
    setup: {
      host: [route('10.0.0.3/32 dev in0'), route('10.7.0.2/32 via 10.0.0.3')],
      neighbour: [address('10.7.0.2/32', 'lo')],
    },
    server: 'neighbour',
    target: '10.7.0.2',
    probes: [
      ['backend', '10.0.0.2', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', '203.0.113.7'],
    ],
  },
  {
    name: 'a host route via the router beside the prefix via the same router',
    setup: {
      host: [route('10.7.0.0/24 via 10.0.0.3'), route('10.7.0.2/32 via 10.0.0.3')],
      backend: [address('10.7.0.9/32', 'lo'), route('10.7.0.2/32 via 10.0.0.3')],
      neighbour: [FORWARDS, address('10.7.0.2/32', 'lo'), route('10.7.0.9/32 via 10.0.0.2')],
    },
    server: 'neighbour',
    target: '10.7.0.2',
    probes: [
      ['backend', '10.7.0.9', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', '203.0.113.7'],
    ],
  },
  {
    name: 'the prefix of another interface around the target',
    setup: { host: [route('10.0.0.0/8 dev out0')] },
    target: '10.0.0.2',
    probes: [
      ['client', '10.9.0.7', '10.9.0.1', '10.9.0.7'],
      ['neighbour', '10.0.0.3', '10.0.0.1', '10.0.0.1'],
    ],
  },
  {
    name: 'a host route to a target inside the subnet of another link keeps the clients of that subnet',
    setup: {
      host: [route('203.0.113.50/32 dev in0'), ['sysctl -qw net.ipv4.conf.out0.proxy_arp=1', 'true']],
      backend: [address('203.0.113.50/32', 'lo')],
    },
    target: '203.0.113.50',
    // Its rule is for the whole subnet of out0.
    others: ['7001:203.0.113.7:5000'],
    server: 'backend',
    probes: [['client', '203.0.113.7', '203.0.113.1', '203.0.113.7']],
  },
  {
    name: 'an on-link prefix in a table of its own, by a rule for the destination',
    setup: {
      host: [route('100.64.0.0/10 dev in0 table 52'), rule('to 100.64.0.0/10 lookup 52')],
      backend: [address('100.64.0.2/10', 'eth0')],
      neighbour: [address('100.64.0.3/10', 'eth0')],
    },
    target: '100.64.0.2',
    probes: [
      ['neighbour', '100.64.0.3', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', '203.0.113.7'],
    ],
  },
  {
    name: 'the same in IPv6, by a rule for all packets',
    setup: {
      host: [route('2001:db8:64::/64 dev in0 table 52'), rule('lookup 52', '-6')],
      backend: [address('2001:db8:64::2/64', 'eth0')],
      neighbour: [address('2001:db8:64::3/64', 'eth0')],
    },
    target: '2001:db8:64::2',
    probes: [
      ['neighbour', '2001:db8:64::3', '2001:db8:2::1', '2001:db8:2::1'],
      ['client', '2001:db8:1::7', '2001:db8:1::1', '2001:db8:1::7'],
    ],
  },
  {
    name: 'a router in a table of its own, against the main table',
    setup: {
      host: [
        route('10.7.0.0/24 via 10.9.0.7'),
        route('10.7.0.0/24 via 10.0.0.3 table 52'),
        rule('to 10.7.0.0/24 lookup 52'),
      ],
      neighbour: [address('10.7.0.2/32', 'lo')],
    },
    server: 'neighbour',
    target: '10.7.0.2',
    probes: [
      ['backend', '10.0.0.2', '10.0.0.1', '10.0.0.1'],
      ['client', '10.9.0.7', '10.9.0.1', '10.9.0.7'],
    ],
  },
  {
    name: 'a part of the prefix of the router, which a table that no rule uses sends elsewhere',
    setup: {
      host: [route('10.7.0.0/16 via 10.0.0.3'), route('10.7.9.0/24 via 10.9.0.7 table 99')],
      backend: [address('10.7.9.9/32', 'lo'), route('10.7.0.2/32 via 10.0.0.3')],
      neighbour: [FORWARDS, address('10.7.0.2/32', 'lo'), route('10.7.9.9/32 via 10.0.0.2')],
    },
    server: 'neighbour',
    target: '10.7.0.2',
    probes: [['backend', '10.7.9.9', '10.0.0.1', '10.0.0.1']],
  },
  {
    name: 'a rule for the incoming interface sends clients another way than this host',
    setup: {
      host: [
        route('10.7.0.0/24 via 10.9.0.7'),
        route('10.7.0.0/24 via 10.0.0.3 table 52'),
        rule('iif out0 lookup 52'),
        rule('iif in0 to 10.7.0.0/24 lookup 52'),
        route('default via 203.0.113.7'),
      ],
      neighbour: [address('10.7.0.2/32', 'lo')],
    },
    server: 'neighbour',
    target: '10.7.0.2',
    probes: [
      ['backend', '10.0.0.2', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', '203.0.113.7'],
    ],
  },
  {
    name: 'only a rule for the source has a route to the target',
    setup: {
      host: [
        route('192.0.2.0/24 dev in0 table 53'),
        rule('from 203.0.113.0/24 lookup 53'),
        rule('from 192.0.2.0/24 lookup 53'),
        rule('iif in0 lookup 53'),
        route('default via 203.0.113.7'),
      ],
      backend: [address('192.0.2.2/24', 'eth0')],
      neighbour: [address('192.0.2.3/24', 'eth0')],
    },
    target: '192.0.2.2',
    probes: [
      ['neighbour', '192.0.2.3', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', '203.0.113.7'],
    ],
  },
  {
    name: 'a gateway of IPv6 for a prefix of IPv4',
    setup: {
      host: [route('10.7.0.0/24 via inet6 fe80::7:3 dev in0')],
      neighbour: [address('fe80::7:3/64', 'eth0'), address('10.7.0.2/32', 'lo')],
    },
    server: 'neighbour',
    target: '10.7.0.2',
    probes: [
      ['backend', '10.0.0.2', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', '203.0.113.7'],
    ],
  },
];
