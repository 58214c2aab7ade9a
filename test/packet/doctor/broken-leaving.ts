import { chain, type Broken } from './set-up.ts';

const to = (address: string) => `listen: LISTEN, target: "${address}:PORT"`;
const WEB = to('10.0.0.2');

/** What stops a packet on its way to the target, and what stops the answer. */
export const LEAVING: readonly Broken[] = [
  {
    name: 'the interface of the target does not route',
    first: 'routing-off',
    forward: to('10.0.1.3'),
    breaks: { host: 'sysctl -qw net.ipv4.conf.in1.forwarding=0' },
  },
  {
    name: 'a blackhole for the target',
    first: 'no-route',
    forward: to('10.0.0.12'),
    breaks: { host: 'ip route add blackhole 10.0.0.12' },
  },
  {
    name: 'an unreachable route in another table, which a rule selects',
    first: 'no-route',
    forward: to('10.0.0.13'),
    breaks: {
      host: 'ip route add unreachable 10.0.0.13 table 77; ip rule add to 10.0.0.13 lookup 77 priority 500',
    },
  },
  {
    name: 'a routing rule refuses packets for the target',
    first: 'no-route',
    forward: to('10.0.0.14'),
    breaks: { host: 'ip rule add to 10.0.0.14 prohibit priority 501' },
  },
  {
    name: 'a routing rule for the interface of the clients selects a blackhole',
    first: 'no-route',
    forward: 'listen: "203.0.113.1:LISTEN", target: "10.0.0.16:PORT"',
    breaks: {
      host: 'ip route add blackhole default table 78; ip rule add iif out0 to 10.0.0.16 lookup 78 priority 502',
    },
  },
  {
    name: 'no route to the target',
    first: 'no-route',
    forward: to('10.99.0.2'),
    fix: { backend: 'ip address add 10.99.0.2/24 dev eth0', host: 'ip route add 10.99.0.0/24 dev in0' },
  },
  {
    name: 'the interface to the target is down',
    first: 'target-link-down',
    forward: to('10.0.2.3'),
    breaks: { host: 'ip link set in2 down' },
  },
  {
    name: 'a firewall of nft drops what is forwarded',
    first: 'dropped',
    forward: WEB,
    breaks: { host: chain('filter1', 'forward', 0, 'tcp dport PORT log prefix "lost " counter drop;') },
    says: /log prefix "lost " counter drop\); the rule counted \d+ packets?/,
  },
  {
    name: 'a firewall of iptables rejects what is forwarded',
    first: 'dropped',
    forward: WEB,
    breaks: { host: 'iptables -A FORWARD -p tcp --dport PORT -j REJECT' },
  },
  {
    name: 'a firewall drops what comes in through the interface of the clients',
    first: 'dropped',
    forward: WEB,
    breaks: { host: chain('filter2', 'forward', 5, 'iifname "out0" oifname "in0" tcp dport PORT ct state new drop;') },
  },
  {
    name: 'the input chain drops packets to a service of this host',
    first: 'dropped',
    forward: to('192.168.0.2'),
    breaks: { host: chain('filter3', 'input', 0, 'tcp dport PORT drop;') },
  },
  {
    name: 'a chain marks the packets, and another one drops what has the mark',
    first: 'dropped',
    forward: WEB,
    breaks: {
      host: `nft 'table ip marks { chain pre { type filter hook prerouting priority -160; tcp dport LISTEN meta mark set 0x90; };
        chain fw { type filter hook forward priority 3; meta mark 0x90 drop; }; }'`,
    },
  },
  {
    name: 'a chain in postrouting drops them',
    first: 'dropped-after',
    forward: WEB,
    breaks: { host: chain('late1', 'postrouting', 10, 'ip daddr 10.0.0.2 tcp dport PORT drop;') },
  },
  {
    name: 'no machine has the address of the target',
    first: 'neighbour-silent',
    forward: to('10.0.0.77'),
    corrected: WEB,
  },
  {
    name: 'the router to the target is off',
    first: 'neighbour-silent',
    forward: to('10.50.0.2'),
    breaks: { host: 'ip route add 10.50.0.0/24 via 10.0.0.78' },
    fix: { backend: 'ip address add 10.0.0.78/24 dev eth0; ip address add 10.50.0.2/32 dev eth0' },
  },
  {
    name: 'nothing listens on the target',
    first: 'port-refused',
    forward: 'listen: LISTEN, target: "10.0.0.2:5998"',
    corrected: WEB,
  },
  {
    name: 'nothing listens on the target, UDP',
    first: 'port-refused',
    forward: 'protocol: udp, listen: LISTEN, target: "10.0.0.2:5998"',
    corrected: WEB,
  },
  {
    name: 'the firewall of the target drops the port',
    first: 'port-silent',
    forward: WEB,
    breaks: { backend: chain('block', 'prerouting', -150, 'tcp dport PORT drop;') },
    fix: { backend: 'nft delete table inet block' },
  },
  {
    name: 'the firewall of the target rejects the port',
    first: 'port-rejected',
    forward: to('10.0.0.3'),
    breaks: {
      neighbour: chain(
        'deny',
        'input',
        0,
        'meta l4proto tcp ct original proto-dst PORT reject with icmpx type admin-prohibited;',
      ),
    },
    fix: { neighbour: 'nft delete table inet deny' },
  },
  {
    name: 'nothing listens on the port of this host',
    first: 'nothing-listens',
    forward: 'listen: LISTEN, target: "192.168.0.2:5998"',
    corrected: 'listen: LISTEN, target: "192.168.0.2:5002"',
  },
  {
    name: 'the service of this host listens on 127.0.0.1 only',
    first: 'listens-elsewhere',
    forward: 'listen: LISTEN, target: "192.168.0.2:5001"',
  },
  {
    name: 'the service of this host listens on an IPv6 address only',
    first: 'listens-elsewhere',
    forward: 'listen: LISTEN, target: "192.168.0.2:5006"',
    corrected: 'listen: LISTEN, target: "192.168.0.2:5002"',
  },
  {
    name: 'the service of this host takes no connections',
    first: 'port-silent',
    forward: 'listen: LISTEN, target: "192.168.0.2:5007"',
    corrected: 'listen: LISTEN, target: "192.168.0.2:5002"',
    needsClients: true,
  },
  {
    name: 'the service of this host listens on another address only',
    first: 'listens-elsewhere',
    forward: 'listen: LISTEN, target: "203.0.113.2:5002"',
  },
  {
    name: 'the firewall of the target admits this host and not the clients',
    first: 'clients-unanswered',
    forward: WEB,
    breaks: { backend: chain('unwelcome', 'prerouting', -150, 'tcp dport PORT ip saddr 203.0.113.0/24 drop;') },
    needsClients: true,
  },
  {
    name: 'another program rewrites the source to an address that is not here',
    first: 'nat-rival',
    forward: WEB,
    breaks: {
      host: `nft 'table ip wrong { chain post { type nat hook postrouting priority 90; tcp dport PORT snat to 10.0.0.222; }; }'`,
    },
    fix: { host: 'nft delete table ip wrong' },
    needsClients: true,
  },
  {
    name: 'a rule puts the packets of clients into another conntrack zone',
    first: 'clients-unanswered',
    forward: WEB,
    breaks: { host: chain('zones', 'prerouting', -310, 'iifname "out0" tcp dport LISTEN ct zone set 5;') },
    fix: { host: 'nft delete table inet zones' },
    needsClients: true,
    says: /conntrack zone 5/,
  },
  {
    name: 'the target has no route to the clients',
    first: 'clients-unanswered',
    forward: to('10.0.0.15'),
    breaks: { backend: 'ip rule add from 10.0.0.15 to 203.0.113.0/24 blackhole priority 500' },
    needsClients: true,
  },
  {
    name: 'a routing rule refuses the answers of the target',
    first: 'return-path',
    forward: to('10.0.0.17'),
    breaks: { host: 'ip rule add from 10.0.0.17 prohibit priority 503' },
  },
  {
    name: 'the answers leave through another interface, to a router that drops them',
    first: 'return-path',
    forward: 'listen: "203.0.113.1:LISTEN", target: "10.0.0.2:PORT"',
    breaks: { host: 'ip route add 192.0.2.0/24 via 10.0.0.3' },
    fix: { host: 'ip route replace 192.0.2.0/24 via 203.0.113.7' },
    request: { from: '192.0.2.200' },
    needsClients: true,
  },
  {
    name: 'a firewall of this host drops the answers',
    first: 'answers-lost',
    forward: WEB,
    breaks: { host: chain('filter4', 'forward', 0, 'tcp sport PORT drop;') },
    fix: { host: 'nft delete table inet filter4' },
    needsClients: true,
  },
];
