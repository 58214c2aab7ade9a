#!/bin/sh
# The kernel's table of connections is full: `portfwd doctor` says so first, and the command that it prints helps.
MAIN='{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000" }'
HELD='{ name: held, listen: 6001, target: "192.168.0.2:5001" }'
MAX=net.netfilter.nf_conntrack_max

# Connections that are open are not forgotten for new ones. One after the other, until one does not come up.
fill() {
  conntrack -F 2>/dev/null
  rm -f /root/filled
  sysctl -q -w $MAX=60
  ip netns exec outside python3 /root/fill.py &
  filler=$!
}

install
network
cat >/root/keep.py <<'P'
import socket
s = socket.socket(); s.bind(("192.168.0.2", 5001)); s.listen(200)
kept = []
while True: kept.append(s.accept()[0])
P
cat >/root/fill.py <<'P'
import socket, time
kept = []
while True:
    s = socket.socket(); s.settimeout(20)
    try: s.connect(("198.51.100.1", 6001))
    except OSError: break
    kept.append(s)
open("/root/filled", "w").write("%d\n" % len(kept)); time.sleep(7200)
P
ip netns exec target python3 /root/keep.py >/dev/null 2>&1 &
in_file "$MAIN" "$HELD"
portfwd_says apply

tried 'doctor: the table of connections is full'
asks 'before' 'TARGET sees 198.51.100.2' 6000
sound 'before' main held
dmesg -C
fill
becomes 'no more connections than the table holds' 60 cat /root/filled
check 'the table is full' 60 cat /proc/sys/net/netfilter/nf_conntrack_count
check 'the kernel says so' '?*' sh -c 'dmesg | grep "table full, dropping packet"'
gone 'a new client gets no answer' 6000
fix_first 'a full table' main tracking-full
check 'the command doubled it' 120 cat /proc/sys/net/netfilter/nf_conntrack_max
asks 'a new client gets an answer then' 'TARGET sees 198.51.100.2' 6000
sound 'with a larger table' main held
kill $filler

tried 'doctor: a full table, and a firewall that drops'
fill
becomes 'the table is full again' 60 cat /root/filled
nft 'table inet fw { chain forward { type filter hook forward priority 0; policy drop; }; }'
fix_first 'before the firewall' main tracking-full
gone 'the firewall still drops' 6000
fix_first 'the firewall is next' main dropped
asks 'a new client gets an answer then' 'TARGET sees 198.51.100.2' 6000
kill $filler
nft delete table inet fw
portfwd_says down --purge
