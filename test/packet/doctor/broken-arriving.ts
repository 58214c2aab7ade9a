import { chain, type Broken } from './set-up.ts';

const TARGET = 'target: "10.0.0.2:PORT"';
const LISTEN = `listen: LISTEN, ${TARGET}`;
const OUT1 = { to: '198.51.100.1' };

/** What stops a packet before it is routed to the target. */
export const ARRIVING: readonly Broken[] = [
  { name: 'added to the file only', first: 'not-loaded', forward: LISTEN, applied: undefined },
  {
    name: 'the file has another target than the kernel',
    first: 'drifted',
    forward: LISTEN,
    applied: 'listen: LISTEN, target: "10.0.0.3:5990"',
  },
  {
    name: 'disabled in the file',
    first: 'disabled',
    forward: `${LISTEN}, enabled: false`,
    applied: undefined,
  },
  {
    name: 'an interface that does not exist',
    first: 'interface-absent',
    forward: `${LISTEN}, interface: eth9`,
    corrected: `${LISTEN}, interface: out0`,
  },
  {
    name: 'an interface that is a port of a bridge',
    first: 'interface-port',
    forward: `${LISTEN}, interface: port1`,
    corrected: `${LISTEN}, interface: out0`,
  },
  {
    name: 'the interface of the forward is down',
    first: 'interface-down',
    forward: `${LISTEN}, interface: out1`,
    breaks: { host: 'ip link set out1 down' },
    request: OUT1,
  },
  {
    name: 'the interface with the address of the listen is down',
    first: 'address-down',
    forward: `listen: "198.51.100.1:LISTEN", ${TARGET}`,
    breaks: { host: 'ip link set out1 down' },
    request: OUT1,
  },
  {
    name: 'this host does not have the address of the listen',
    first: 'address-absent',
    forward: `listen: "203.0.113.9:LISTEN", ${TARGET}`,
    corrected: `listen: "203.0.113.1:LISTEN", ${TARGET}`,
  },
  {
    name: 'an interface that lost its address',
    first: 'interface-without-address',
    forward: `listen: "svc1:LISTEN", ${TARGET}`,
    breaks: { host: 'ip address flush dev svc1' },
    corrected: `listen: "out0:LISTEN", ${TARGET}`,
  },
  {
    name: 'an early chain of nft drops the port',
    first: 'dropped-before',
    forward: LISTEN,
    breaks: { host: chain('early', 'prerouting', -300, 'tcp dport LISTEN drop;') },
  },
  {
    name: 'a rule in mangle of iptables drops the port',
    first: 'dropped-before',
    forward: LISTEN,
    breaks: { host: 'iptables -t mangle -A PREROUTING -p tcp --dport LISTEN -j DROP' },
  },
  {
    name: 'an early chain jumps to one that drops a set of ports',
    first: 'dropped-before',
    forward: LISTEN,
    breaks: {
      host: `nft 'table ip blocked { set ports { type inet_service; elements = { 1, LISTEN }; }
        chain some { tcp dport @ports drop; }
        chain pre { type filter hook prerouting priority -150; iifname "out0" jump some; }; }'`,
    },
  },
  {
    name: 'an early chain drops a set of clients',
    first: 'dropped-before',
    forward: `listen: "203.0.113.1:LISTEN", ${TARGET}`,
    breaks: {
      host: `nft 'table ip ban { set bad { type ipv4_addr; elements = { 203.0.113.7 }; }
        chain pre { type filter hook prerouting priority -150; tcp dport LISTEN ip saddr @bad counter drop; }; }'`,
    },
    fix: { host: 'nft delete element ip ban bad { 203.0.113.7 }' },
    isPartial: true,
    says: /may drop packets of some clients .*; the rule counted \d+ packets?/,
  },
  {
    name: 'not tracked',
    first: 'not-tracked',
    forward: LISTEN,
    breaks: { host: chain('untracked', 'prerouting', -300, 'tcp dport LISTEN notrack;') },
    fix: { host: 'nft delete table inet untracked' },
  },
  {
    name: 'not tracked, by iptables',
    first: 'not-tracked',
    forward: LISTEN,
    breaks: { host: 'iptables -t raw -A PREROUTING -p tcp --dport LISTEN -j CT --notrack' },
    fix: { host: 'iptables -t raw -F' },
  },
  {
    name: 'another program translates the port first',
    first: 'nat-rival',
    forward: LISTEN,
    breaks: {
      host: `nft 'table ip rival { chain pre { type nat hook prerouting priority -150; tcp dport LISTEN dnat to 10.0.0.3:7999; }; }'`,
    },
    fix: { host: 'nft delete table ip rival' },
  },
  {
    name: 'a sysctl for 127.0.0.1 was turned off',
    first: 'sysctl-off',
    forward: 'listen: LISTEN, interface: out0, target: "127.0.0.1:5001", loopback: true',
    breaks: { host: 'sysctl -qw net.ipv4.conf.out0.route_localnet=0' },
  },
];
