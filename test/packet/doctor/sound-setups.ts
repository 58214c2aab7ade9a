import { PROGRAMS } from '../guard/programs.ts';
import type { Scripts } from './doctor-lab.ts';
import { chain } from './set-up.ts';

/** A host on which the forwards work, so doctor must not call anything a fault. */
export interface Sound {
  readonly name: string;
  /** Before the file is applied. */
  readonly before?: Scripts;
  /** After that. */
  readonly setup?: Scripts;
  /** One more forward, as YAML. */
  readonly extra?: string;
  readonly undo?: Scripts;
  /** What is named of the first forward anyway: clients of other networks, or through another uplink, may not reach it. */
  readonly notes?: readonly string[];
}

const DOCKER_DROPS = `iptables -P FORWARD DROP
  for to in "tcp 10.0.0.2 5000" "udp 10.0.0.2 5000"; do set -- $to
    iptables -I DOCKER-USER -p $1 -m conntrack --ctstate DNAT --ctreplsrc $2 --ctreplsrcport $3 -j ACCEPT; done
  iptables -I FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`;

/** A raw socket for VRRP, as keepalived has it. */
const VRRP = `perl -MSocket -e 'socket(S, PF_INET, SOCK_RAW, 112) or die; sleep 1000' > /dev/null 2>&1 & echo $! > /run/vrrp.pid; sleep 0.2`;

const programs: readonly Sound[] = PROGRAMS.map(({ name, bridge, rules }) => ({
  name,
  setup: {
    host: `ip link add ${bridge} type bridge; ip address add 172.17.0.1/16 dev ${bridge}; ip link set ${bridge} up\n${rules}`,
  },
  undo: { host: `ip link del ${bridge}` },
}));

export const SOUND: readonly Sound[] = [
  { name: 'no firewall' },
  ...programs,
  {
    name: 'Docker drops what is forwarded, and its chain for the administrator admits the targets',
    setup: { host: `${PROGRAMS[0]?.rules}\n${DOCKER_DROPS}` },
  },
  {
    name: 'a firewall admits what was translated',
    setup: { host: chain('fw', 'forward', 0, 'ct state established,related accept; ct status dnat accept;', 'drop') },
  },
  {
    name: 'banned clients and a limit of new connections',
    setup: {
      host: `nft 'table inet ban { set bad { type ipv4_addr; elements = { 198.51.100.66 }; }
        chain pre { type filter hook prerouting priority -150; ip saddr @bad drop; tcp flags syn limit rate over 1000/second burst 2000 packets drop; }; }'`,
    },
  },
  {
    name: 'only the network of the clients is admitted',
    setup: {
      host: chain('lan', 'forward', 0, 'ct state established,related accept; ip saddr 203.0.113.0/24 accept;', 'drop'),
    },
    notes: ['dropped'],
  },
  {
    name: 'this host itself may not connect anywhere',
    setup: { host: chain('own', 'output', 0, 'ct state established,related accept; oif lo accept;', 'drop') },
    notes: ['probe-blocked'],
  },
  {
    name: 'the same with iptables',
    setup: {
      host: 'iptables -A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; iptables -A OUTPUT -o lo -j ACCEPT; iptables -P OUTPUT DROP',
    },
    notes: ['probe-blocked'],
  },
  {
    name: 'a rule for programs of root drops the connections of this host itself',
    setup: { host: chain('root', 'output', 0, 'meta skuid 0 ct state new oifname "in0" counter drop;') },
    notes: ['probe-blocked'],
  },
  {
    name: 'the standby of a pair for failover',
    setup: { host: VRRP },
    extra: '- {name: vip, listen: "203.0.113.99:6009", target: "10.0.0.2:5000"}',
    undo: { host: 'kill $(cat /run/vrrp.pid)' },
  },
  {
    name: 'two uplinks, with routing rules and strict rp_filter',
    before: {
      host: `ip route add default via 203.0.113.7
        ip route add default via 198.51.100.7 dev out1 table 200; ip rule add from 198.51.100.1 lookup 200
        sysctl -qw net.ipv4.conf.out0.rp_filter=1 net.ipv4.conf.out1.rp_filter=1`,
    },
    extra: '- {name: second, listen: "198.51.100.1:6010", target: "192.168.0.2:5002"}',
    notes: ['return-path'],
    undo: {
      host: `ip rule del from 198.51.100.1; ip route flush table 200; ip route del default
        sysctl -qw net.ipv4.conf.out0.rp_filter=0 net.ipv4.conf.out1.rp_filter=0`,
    },
  },
  {
    name: 'a tunnel whose other end has no route to the clients, with masquerade',
    extra: '- {name: tunnel, listen: 6011, target: "10.8.0.2:5000", masquerade: always}',
  },
  {
    name: 'the address of an interface changed after the start',
    setup: { host: 'ip address add 203.0.113.50/24 dev out0; ip address del 203.0.113.2/32 dev out0' },
    extra: '- {name: dynamic, listen: "out0:6012", target: "10.0.0.2:5000"}',
    undo: { host: 'ip address del 203.0.113.50/24 dev out0; ip address add 203.0.113.2/32 dev out0' },
  },
  {
    name: 'strict rp_filter everywhere',
    setup: { host: 'for at in all out0 in0 svc0; do sysctl -qw net.ipv4.conf.$at.rp_filter=1; done' },
    undo: { host: 'for at in all out0 in0 svc0; do sysctl -qw net.ipv4.conf.$at.rp_filter=0; done' },
  },
  {
    name: 'this host masquerades its LAN, and other ports go elsewhere',
    setup: {
      host: `nft 'table ip router { chain post { type nat hook postrouting priority 100; oifname "out0" masquerade; }
        chain pre { type nat hook prerouting priority -150; tcp dport 7000 dnat to 10.0.0.3:5000; }; }'`,
    },
  },
  {
    name: 'another forward is disabled, and one has a range of ports of which one is served',
    extra: `- {name: rest, listen: 6020-6029, target: "10.0.0.2:4991-5000"}\n- {name: off, listen: 6030, target: "10.0.0.99:1", enabled: false}`,
  },
];
