#!/bin/sh
# A kernel that was booted with ipv6.disable=1: forwards of IPv4 work, and what is said of those of IPv6 is true.
MAIN='{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000" }'
SIX='{ name: six, listen: "[::]:6001", target: "[2001:db8::2]:5000" }'

said() { # PATTERN COMMAND…       how many lines of the output have the pattern
  pattern=$1
  shift
  portfwd "$@" 2>&1 | grep -c -e "$pattern"
}
every_command() {
  : >/root/said
  for command in check plan 'apply --dry-run' apply status doctor 'doctor six' 'explain --to [2001:db8::1]:6001'; do
    echo "      portfwd $command"
    # shellcheck disable=SC2086 # several words
    portfwd $command 2>&1 | tee -a /root/said | sed 's/^/        /'
  done
  check 'no command says that a sysctl of IPv6 is 0' 0 grep -c 'ipv6.* is 0' /root/said
}

install
network

tried 'without IPv6: forwards of IPv4'
check 'the kernel has no IPv6' nothing sh -c 'ls -d /proc/sys/net/ipv6 2>/dev/null || echo nothing'
in_file "$MAIN"
check 'nothing is said of IPv6' 0 said IPv6 check
check 'apply' 0 status_code apply
forwards_work 'apply'
check 'UDP from outside' 'TARGET sees 198.51.100.2' from outside udp 198.51.100.1 6000
sound 'apply' main
portfwd_says enable
systemctl restart portfwd
forwards_work 'restart of portfwd.service'
check 'status' 'boot: enabled' portfwd status

tried 'without IPv6: a forward of IPv6'
in_file "$MAIN" "$SIX"
check 'check warns' 1 said 'the kernel runs without IPv6.*forward six' check
check 'apply' 0 status_code apply
check 'doctor names it first' ipv6-off first six
every_command
forwards_work 'beside it'
sound 'beside it' main
systemctl restart portfwd
forwards_work 'restart of portfwd.service'

tried 'without IPv6: forwarding: require'
portfwd_says down --purge
sysctl -q -w net.ipv4.ip_forward=1
sed -i '/^forwarding:/d' "$FILE"
every_command
check 'apply' 0 status_code apply
becomes 'outside reaches the target' 'TARGET sees 198.51.100.2' from outside tcp 198.51.100.1 6000
check 'doctor names it first' ipv6-off first six
portfwd_says down --purge
check 'no table' nothing sh -c 'nft list tables | grep portfwd || echo nothing'
