import type { Machine } from './lab.ts';
import { address, route, rule, type RouteCase } from './route-cases.ts';

type Step = readonly [set: string, unset: string];

const chain = (...rules: readonly string[]): Step => [
  `nft 'table inet marking { chain prerouting { type filter hook prerouting priority -150; ${rules.join('; ')}; }; }'`,
  'nft delete table inet marking',
];

const iptables = (program: string, ...rules: readonly string[]): Step => [
  rules.map((text) => `${program} -t mangle -A PREROUTING ${text}`).join('\n'),
  `${program} -t mangle -F PREROUTING`,
];

/** The target is on the link of the bridge only for packets with mark 7; the others go to the client. */
const ON_LINK: Readonly<Record<Machine, readonly Step[]>> = {
  host: [route('default via 203.0.113.7'), route('192.0.2.0/24 dev in0 table 7'), rule('fwmark 7 lookup 7')],
  client: [],
  backend: [address('192.0.2.9/24', 'eth0')],
  neighbour: [address('192.0.2.3/24', 'eth0')],
};

const ON_LINK_6: Readonly<Record<Machine, readonly Step[]>> = {
  host: [
    route('default via 2001:db8:1::7'),
    route('2001:db8:64::/64 dev in0 table 7'),
    rule('fwmark 0x7/0xff lookup 7', '-6'),
  ],
  client: [],
  backend: [address('2001:db8:64::9/64', 'eth0')],
  neighbour: [address('2001:db8:64::3/64', 'eth0')],
};

/** Routing rules that select by marks which other tables set. */
export const MARK_CASES: readonly RouteCase[] = [
  {
    name: 'a mark sends packets of the bridge to the link of the target: the source is rewritten',
    setup: { ...ON_LINK, host: [...ON_LINK.host, chain('iifname "in0" meta mark set 7')] },
    target: '192.0.2.9',
    probes: [
      ['neighbour', '192.0.2.3', '10.0.0.1', '10.0.0.1'],
      ['client', '203.0.113.7', '203.0.113.1', null],
    ],
  },
  {
    name: 'the same with a connection mark',
    setup: {
      ...ON_LINK,
      host: [...ON_LINK.host, chain('iifname "in0" ct state new ct mark set 7', 'meta mark set ct mark')],
    },
    target: '192.0.2.9',
    probes: [['neighbour', '192.0.2.3', '10.0.0.1', '10.0.0.1']],
  },
  {
    name: 'the same with a connection mark in IPv6, and a mask',
    setup: {
      ...ON_LINK_6,
      host: [
        ...ON_LINK_6.host,
        chain('iifname "in0" ct state new ct mark set ct mark or 0x107', 'meta mark set ct mark and 0xff'),
      ],
    },
    target: '2001:db8:64::9',
    probes: [['neighbour', '2001:db8:64::3', '2001:db8:2::1', '2001:db8:2::1']],
  },
  {
    name: 'the same with iptables',
    setup: {
      ...ON_LINK,
      host: [
        ...ON_LINK.host,
        iptables(
          'iptables',
          '-i in0 -m conntrack --ctstate NEW -j CONNMARK --set-xmark 0x7/0xff',
          '-m connmark ! --mark 0x0 -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
        ),
      ],
    },
    target: '192.0.2.9',
    probes: [['neighbour', '192.0.2.3', '10.0.0.1', '10.0.0.1']],
  },
  {
    name: 'a mark sends packets away from the link of the target: the source stays',
    setup: {
      host: [
        route('10.0.0.2/32 via 203.0.113.7 table 7'),
        rule('fwmark 7 lookup 7'),
        chain('ip saddr 10.0.0.3 tcp dport 7000 meta mark set 7'),
      ],
      client: [address('10.0.0.2/32', 'lo')],
    },
    server: 'client',
    target: '10.0.0.2',
    others: ['7001:10.0.0.9:5000'],
    probes: [['neighbour', '10.0.0.3', '10.0.0.1', '10.0.0.3']],
  },
  {
    name: 'the same in IPv6, with a rule for all packets of the bridge',
    setup: {
      host: [
        route('2001:db8:2::2/128 via 2001:db8:1::7 table 7'),
        rule('fwmark 7 lookup 7', '-6'),
        chain('meta mark set iifname map { "in0" : 7, "out0" : 8 }'),
      ],
      client: [address('2001:db8:2::2/128', 'lo')],
    },
    server: 'client',
    target: '2001:db8:2::2',
    probes: [['neighbour', '2001:db8:2::3', '2001:db8:2::1', '2001:db8:2::3']],
  },
];
