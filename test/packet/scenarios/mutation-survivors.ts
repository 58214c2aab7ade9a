/** What no scenario notices when it is gone, and why it stays. */
export const EXPLAINED: Readonly<Record<string, string>> = {
  'pf_uplink_guard: iifname "out0" oifname != "out0" ct state new counter drop':
    'only a blanket masquerade of another program makes it necessary; guard/open-router.test.ts has one',
  'pf_uplink_guard: meta nfproto ipv6 fib saddr type local ct state invalid,new counter drop':
    'only a forged source address makes it necessary; guard/open-router.test.ts has one',
  'pf_target_guard: meta iifkind "bridge" iifname != "in0" return':
    'only guests of another program need it; guard/guests.test.ts has them',
  'pf_target_guard: oifname "in0" iifname != "in0" ct state new counter drop':
    'only an uplink that appears later and a blanket masquerade make it necessary; guard/open-router.test.ts has both',
  'pf_forward_guard: iif 0 return':
    'only frames between ports of one bridge under br_netfilter need it; guard/open-router.test.ts has them',
  'pf_forward_guard: meta iifkind "bridge" iifname != "in0" iifname != "out0" oifname != "in0" return':
    'only guests without NAT need it; guard/guests.test.ts has them',
  'pf_forward_guard: fib saddr type local return':
    'only tunnels of the host need it; guard/open-router.test.ts has one',
  'pf_loopback_guard: iifname != "lo" ip saddr 127.0.0.0/8 drop':
    'who speaks in the name of 127.0.0.1 gets no answer either way; loopback.test.ts counts what arrives',
};
