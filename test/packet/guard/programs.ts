/** A program that connects guests of the host: its bridge, and its rules as the program writes them. */
export interface Program {
  readonly name: string;
  readonly bridge: string;
  /** Guests reach other hosts with the host's address, and port 8080 of the host is port 80 of the guest. */
  readonly rules: string;
}

/** As dockerd 26 writes them, with an IPv6 network beside the IPv4 one. */
const docker = (
  program: string,
  net: string,
  guest: string,
  target: string,
  loopback: string,
) => `${program}-restore --noflush <<'N'
*filter
:FORWARD ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d ${guest} ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d ${loopback} -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s ${net} ! -o docker0 -j MASQUERADE
-A POSTROUTING -s ${guest} -d ${guest} -p tcp -m tcp --dport 80 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination ${target}
COMMIT
N
`;

export const PROGRAMS: readonly Program[] = [
  {
    name: 'docker (iptables)',
    bridge: 'docker0',
    rules:
      docker('iptables-nft', '172.17.0.0/16', '172.17.0.2/32', '172.17.0.2:80', '127.0.0.0/8') +
      docker('ip6tables-nft', 'fd00:17::/64', 'fd00:17::2/128', '[fd00:17::2]:80', '::1/128'),
  },
  {
    name: 'podman (netavark, nftables)',
    bridge: 'podman0',
    rules: `nft -f - <<'N'
table inet netavark {
	chain NETAVARK-INPUT { type filter hook input priority filter; policy accept; }
	chain NETAVARK-FORWARD {
		type filter hook forward priority filter; policy accept;
		ct state invalid drop
		ip daddr 172.17.0.0/16 ct state established,related accept
		ip saddr 172.17.0.0/16 accept
		ip6 daddr fd00:17::/64 ct state established,related accept
		ip6 saddr fd00:17::/64 accept
	}
	chain NETAVARK-HOSTPORT-SETMARK { meta mark set meta mark or 0x2000; }
	chain nv_dnat {
		ip saddr 172.17.0.0/16 tcp dport 8080 jump NETAVARK-HOSTPORT-SETMARK
		tcp dport 8080 dnat ip to 172.17.0.2:80
	}
	chain NETAVARK-HOSTPORT-DNAT { tcp dport 8080 meta nfproto ipv4 jump nv_dnat; }
	chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local jump NETAVARK-HOSTPORT-DNAT; }
	chain OUTPUT { type nat hook output priority -100; policy accept; fib daddr type local jump NETAVARK-HOSTPORT-DNAT; }
	chain subnet {
		ip daddr 172.17.0.0/16 accept
		ip6 daddr fd00:17::/64 accept
		ip daddr != 224.0.0.0/4 masquerade
		ip6 daddr != ff00::/8 masquerade
	}
	chain POSTROUTING {
		type nat hook postrouting priority srcnat; policy accept;
		meta mark & 0x2000 == 0x2000 masquerade
		ip saddr 172.17.0.0/16 jump subnet
		ip6 saddr fd00:17::/64 jump subnet
	}
}
N`,
  },
  {
    name: 'libvirt (nftables)',
    bridge: 'virbr0',
    rules: `for family in ip ip6; do
  [ $family = ip ] && net=172.17.0.0/16 any=224.0.0.0/24 || net=fd00:17::/64 any=ff02::/16
  nft -f - <<N
table $family libvirt_network {
	chain forward { type filter hook forward priority filter; policy accept; jump guest_cross; jump guest_input; jump guest_output; }
	chain guest_output { $family saddr $net iifname "virbr0" counter accept; iifname "virbr0" counter reject; }
	chain guest_input { oifname "virbr0" $family daddr $net ct state established,related counter accept; oifname "virbr0" ct status dnat accept; oifname "virbr0" counter reject; }
	chain guest_cross { iifname "virbr0" oifname "virbr0" counter accept; }
	chain guest_nat {
		type nat hook postrouting priority srcnat; policy accept;
		$family saddr $net $family daddr $any counter return
		meta l4proto tcp $family saddr $net $family daddr != $net counter masquerade to :1024-65535
		meta l4proto udp $family saddr $net $family daddr != $net counter masquerade to :1024-65535
		$family saddr $net $family daddr != $net counter masquerade
	}
}
N
done
nft 'table ip libvirt_hook { chain port { type nat hook prerouting priority dstnat; fib daddr type local tcp dport 8080 dnat to 172.17.0.2:80; }; }'`,
  },
  {
    name: 'incus (nftables)',
    bridge: 'incusbr0',
    rules: `nft -f - <<'N'
table inet incus {
	chain pstrt.incusbr0 {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 172.17.0.0/16 ip daddr != 172.17.0.0/16 masquerade
		ip6 saddr fd00:17::/64 ip6 daddr != fd00:17::/64 masquerade
	}
	chain fwd.incusbr0 {
		type filter hook forward priority filter; policy accept;
		ip version 4 oifname "incusbr0" accept
		ip version 4 iifname "incusbr0" accept
		ip6 version 6 oifname "incusbr0" accept
		ip6 version 6 iifname "incusbr0" accept
	}
	chain fwdprert.incusbr0 { type nat hook prerouting priority dstnat; policy accept; fib daddr type local tcp dport 8080 dnat ip to 172.17.0.2:80; }
}
N`,
  },
];
