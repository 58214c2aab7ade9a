/** What no scenario notices when it is gone, and why it stays. */
export const EXPLAINED: Readonly<Record<string, string>> = {
  'pf_uplink_guard: iifname "out0" oifname != "out0" ct state invalid,new,untracked counter drop':
    'only a blanket masquerade of another program makes it necessary; guard/open-router.test.ts has one',
  'pf_uplink_guard: meta nfproto ipv6 fib saddr type local ct state invalid,new,untracked counter drop':
    'only a forged source address makes it necessary; guard/open-router.test.ts has one',
  'pf_target_guard: iifname != { "in0", "out0", "port1", "port2", "svc0" } meta iifkind "bridge" return':
    'only guests of another program need it; guard/guests.test.ts has them',
  'pf_target_guard: oifname "in0" iifname != "in0" ct state invalid,new,untracked counter drop':
    'only an uplink that appears later and a blanket masquerade make it necessary; guard/late-interfaces.test.ts has both',
  'pf_target_guard: iifname "in0" oifname { "port1", "port2", "svc0" } ct state invalid,new,untracked counter drop':
    'only a blanket masquerade of another program makes it necessary; guard/open-router.test.ts has one',
  'pf_late_guard: ct status dnat return':
    'only clients of forwards behind a later interface need it; guard/late-interfaces.test.ts has them',
  'pf_late_guard: iifname { "in0", "out0", "port1", "port2", "svc0" } return':
    'the interfaces of the lab are veths and a bridge, which pass as guests too; it keeps network cards open',
  'pf_late_guard: iifname != "en*" iifname != "eth*" iifname != "ppp*" iifname != "wl*" iifname != "ww*" meta iifkind { "bridge", "openvswitch", "tun", "veth", "wireguard" } return':
    'only guests that appear later need it; guard/guests.test.ts and guard/late-interfaces.test.ts have them',
  'pf_late_guard: ct state invalid,new,untracked counter drop':
    'only an uplink or a LAN that appears later makes it necessary; guard/late-interfaces.test.ts has them',
  'pf_forward_guard: iif 0 return':
    'only frames between ports of one bridge under br_netfilter need it; guard/open-router.test.ts has them',
  'pf_forward_guard: iifname != { "in0", "out0", "port1", "port2", "svc0" } oifname != "in0" return':
    'only guests without NAT need it; guard/guests.test.ts has them',
  'pf_forward_guard: fib saddr type local return':
    'only tunnels of the host need it; guard/open-router.test.ts has one',
  'pf_loopback_guard: iifname != "lo" ip saddr 127.0.0.0/8 drop':
    'who speaks in the name of 127.0.0.1 gets no answer either way; loopback.test.ts counts what arrives',
};
