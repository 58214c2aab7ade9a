import { execa } from 'execa';

export const LATE_GATEWAY = { ip: '10.8.0.1', ip6: 'fd00:8::1' } as const;
export const LATE = { ip: '10.8.0.7', ip6: 'fd00:8::7' } as const;

/** Masquerades everything that leaves the host. */
export const BLANKET = `nft 'table inet blanket { chain leaving { type nat hook postrouting priority 100; masquerade; }; }'`;

/** How many packets arrive. */
export const count = (match: string) =>
  `nft 'table inet seen { chain arriving { type filter hook prerouting priority -300; ${match} counter; }; }'`;

/** Moves the addresses of the late link to a bridge over it. */
export const bridgeOver = (port: string, bridge: string) =>
  `ip address flush dev ${port}
   ip link add ${bridge} type bridge
   ip link set ${port} master ${bridge}
   ip link set ${bridge} up
   ip address add ${LATE_GATEWAY.ip}/24 dev ${bridge}
   ip address add ${LATE_GATEWAY.ip6}/64 dev ${bridge} nodad`;

/** A third network, such as that of a VPN, of a guest, or a second uplink. */
export const addLateLink = async (name = 'wg0') =>
  addLink(name, `ip link add ${name} netns host type veth peer name wg0 netns late`);

export const addLateMacvlan = async () =>
  addLink(
    'lan5',
    `ip link add wg0 netns host type veth peer name wg0 netns late
     ip -n host link set wg0 up
     ip -n host link add lan5 link wg0 type macvlan mode passthru`,
  );

const addLink = async (name: string, add: string) =>
  execa('sh', [
    '-ec',
    `ip netns add late
     ${add}
     ip -n host link set ${name} up
     ip -n late link set wg0 up
     ip -n late link set lo up
     ip -n host address add ${LATE_GATEWAY.ip}/24 dev ${name}
     ip -n host address add ${LATE_GATEWAY.ip6}/64 dev ${name} nodad
     ip -n late address add ${LATE.ip}/24 dev wg0
     ip -n late address add ${LATE.ip6}/64 dev wg0 nodad
     ip -n late route add default via ${LATE_GATEWAY.ip}
     ip -n late route add default via ${LATE_GATEWAY.ip6}`,
  ]);
