/** A firewall on the host of the lab that drops new connections, and the finding of portfwd about it. */
export interface Firewall {
  readonly name: string;
  readonly setup: string;
  readonly target: string;
  readonly family?: 'ip' | 'ip6';
  readonly code: 'host/forward-dropped' | 'host/input-dropped';
  readonly message: string;
  /** The command in its remedy. */
  readonly command: string;
  /** What that command does, if its program is not in the lab. */
  readonly instead?: string;
}

const BACKEND = '10.0.0.2:5000';
const LOCAL = '192.168.0.2:5000';
const established = (program: string, chain = 'FORWARD') =>
  `${program} -A ${chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`;
const drops = (chain: string, why: string) => `${chain} drops packets of forward web (${why})`;

/** As ufw 0.36 has them, as far as a packet goes through. */
const ufw = (base: string, side: string) => `
  for chain in ufw-before-${side} ufw-user-${side} ufw-after-${side} ufw-reject-${side}; do iptables -N $chain; done
  ${established('iptables', `ufw-before-${side}`)}
  iptables -A ufw-before-${side} -p icmp -m icmp --icmp-type 8 -j ACCEPT
  iptables -A ufw-before-${side} -j ufw-user-${side}
  for chain in ufw-before-${side} ufw-after-${side} ufw-reject-${side}; do iptables -A ${base} -j $chain; done
  iptables -P ${base} DROP`;

export const FIREWALLS: readonly Firewall[] = [
  {
    name: 'nft: policy drop',
    setup: `nft 'table inet filter { chain forward { type filter hook forward priority 0; policy drop; ct state vmap { established : accept, related : accept, invalid : drop }; iifname "in0" oifname "out0" accept; }; }'`,
    target: BACKEND,
    code: 'host/forward-dropped',
    message: drops('inet filter forward', 'policy drop'),
    command:
      'nft insert rule inet filter forward ct status dnat meta l4proto tcp ct reply ip saddr 10.0.0.2 ct reply proto-src 5000 accept',
  },
  {
    name: 'nft: the last rule rejects, IPv6',
    setup: `nft 'table inet filter { chain forward { type filter hook forward priority 0; ct state { established, related } accept; tcp dport 80 accept; meta l4proto ipv6-icmp accept; reject with icmpx type admin-prohibited; }; }'`,
    target: '[2001:db8:2::2]:5000',
    family: 'ip6',
    code: 'host/forward-dropped',
    message: drops('inet filter forward', 'rule: reject'),
    command:
      'nft insert rule inet filter forward ct status dnat meta l4proto tcp ct reply ip6 saddr 2001:db8:2::2 ct reply proto-src 5000 accept',
  },
  {
    name: 'nft: a chain as libvirt has it, which rejects packets to its bridge',
    setup: `nft 'table ip libvirt_network { chain guest_input { oifname "in0" ip daddr 10.0.0.0/24 ct state { established, related } accept; oifname "in0" reject; }; chain forward { type filter hook forward priority 0; jump guest_input; }; }'`,
    target: BACKEND,
    code: 'host/forward-dropped',
    message: drops('ip libvirt_network forward', 'rule in guest_input: oifname in0 reject'),
    command:
      'nft insert rule ip libvirt_network forward ct status dnat meta l4proto tcp ct reply ip saddr 10.0.0.2 ct reply proto-src 5000 accept',
  },
  {
    name: 'nft: packets from outside are rejected',
    setup: `nft 'table inet filter { chain forward { type filter hook forward priority 0; iifname "out0" oifname "in0" reject; }; }'`,
    target: BACKEND,
    code: 'host/forward-dropped',
    message: drops('inet filter forward', 'rule: iifname out0 oifname in0 reject').replace(
      'web',
      'web that come in through out0',
    ),
    command:
      'nft insert rule inet filter forward ct status dnat meta l4proto tcp ct reply ip saddr 10.0.0.2 ct reply proto-src 5000 accept',
  },
  {
    name: 'nft: every port that is not in a set is dropped',
    setup: `nft 'table inet filter { set ok { type inet_service; elements = { 22, 80 }; }; chain forward { type filter hook forward priority 0; ct state established accept; tcp dport != @ok drop; }; }'`,
    target: BACKEND,
    code: 'host/forward-dropped',
    message: drops('inet filter forward', 'rule: tcp dport != { 22, 80 } drop'),
    command:
      'nft insert rule inet filter forward ct status dnat meta l4proto tcp ct reply ip saddr 10.0.0.2 ct reply proto-src 5000 accept',
  },
  {
    name: 'iptables: policy DROP',
    setup: `iptables -P FORWARD DROP\n${established('iptables')}`,
    target: BACKEND,
    code: 'host/forward-dropped',
    message: drops('ip filter FORWARD', 'policy drop'),
    command:
      'iptables -I FORWARD -p tcp -m conntrack --ctstate DNAT --ctreplsrc 10.0.0.2 --ctreplsrcport 5000 -j ACCEPT',
  },
  {
    name: 'ip6tables: a last rule that rejects',
    setup: `${established('ip6tables')}\nip6tables -A FORWARD -p ipv6-icmp -j ACCEPT\nip6tables -A FORWARD -j REJECT`,
    target: '[2001:db8:2::2]:5000',
    family: 'ip6',
    code: 'host/forward-dropped',
    message: drops('ip6 filter FORWARD', 'rule: -j REJECT --reject-with icmp6-port-unreachable'),
    command:
      'ip6tables -I FORWARD -p tcp -m conntrack --ctstate DNAT --ctreplsrc 2001:db8:2::2 --ctreplsrcport 5000 -j ACCEPT',
  },
  {
    name: 'iptables-legacy: policy DROP',
    setup: `iptables-legacy -P FORWARD DROP\n${established('iptables-legacy')}`,
    target: BACKEND,
    code: 'host/forward-dropped',
    message: drops('iptables-legacy FORWARD', 'policy drop'),
    command:
      'iptables-legacy -I FORWARD -p tcp -m conntrack --ctstate DNAT --ctreplsrc 10.0.0.2 --ctreplsrcport 5000 -j ACCEPT',
  },
  {
    name: 'as Docker makes it',
    setup: `iptables -P FORWARD DROP
      for chain in DOCKER-USER DOCKER DOCKER-ISOLATION-STAGE-1; do iptables -N $chain; done
      iptables -A DOCKER-USER -j RETURN
      iptables -A DOCKER-ISOLATION-STAGE-1 -j RETURN
      iptables -A FORWARD -j DOCKER-USER
      iptables -A FORWARD -j DOCKER-ISOLATION-STAGE-1
      iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      ${established('iptables')}
      iptables -A FORWARD -o docker0 -j DOCKER
      iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
      iptables -A FORWARD -i docker0 -o docker0 -j ACCEPT`,
    target: BACKEND,
    code: 'host/forward-dropped',
    message:
      'ip filter FORWARD may drop packets of forward web (policy drop, unless a rule accepts them first, such as: -i docker0 ! -o docker0 -j ACCEPT)',
    command:
      'iptables -I DOCKER-USER -p tcp -m conntrack --ctstate DNAT --ctreplsrc 10.0.0.2 --ctreplsrcport 5000 -j ACCEPT',
  },
  {
    name: 'as ufw makes it, for a target on another host',
    setup: ufw('FORWARD', 'forward'),
    target: BACKEND,
    code: 'host/forward-dropped',
    message: drops('ip filter FORWARD', 'policy drop'),
    command: 'ufw route allow proto tcp to 10.0.0.2 port 5000',
    instead: 'iptables -A ufw-user-forward -d 10.0.0.2/32 -p tcp -m tcp --dport 5000 -j ACCEPT',
  },
  {
    name: 'as ufw makes it, for a target on this host',
    setup: ufw('INPUT', 'input'),
    target: LOCAL,
    code: 'host/input-dropped',
    message: drops('ip filter INPUT', 'policy drop'),
    command: 'ufw allow proto tcp to 192.168.0.2 port 5000',
    instead: 'iptables -A ufw-user-input -d 192.168.0.2/32 -p tcp -m tcp --dport 5000 -j ACCEPT',
  },
  {
    name: 'nft: an input chain that knows the listen, but not the target',
    setup: `nft 'table inet filter { chain input { type filter hook input priority 0; policy drop; ct state { established, related } accept; iif "lo" accept; tcp dport { 22, 6000 } accept; }; }'`,
    target: LOCAL,
    code: 'host/input-dropped',
    message: drops('inet filter input', 'policy drop'),
    command:
      'nft insert rule inet filter input ct status dnat meta l4proto tcp ct reply ip saddr 192.168.0.2 ct reply proto-src 5000 accept',
  },
  {
    name: 'iptables: INPUT DROP',
    setup: `iptables -P INPUT DROP\niptables -A INPUT -i lo -j ACCEPT\n${established('iptables', 'INPUT')}`,
    target: LOCAL,
    code: 'host/input-dropped',
    message: drops('ip filter INPUT', 'policy drop'),
    command:
      'iptables -I INPUT -p tcp -m conntrack --ctstate DNAT --ctreplsrc 192.168.0.2 --ctreplsrcport 5000 -j ACCEPT',
  },
];
