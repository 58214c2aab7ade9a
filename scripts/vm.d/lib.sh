#!/bin/sh
# Functions for the parts. Each check prints one line.
#     outside 198.51.100.2 ──── eth0 198.51.100.1 host lan0 192.168.0.1 ──── target 192.168.0.2
# The interfaces are made after the boot, so the boot loads the forwards before they exist.
FILE=/etc/portfwd/portfwd.yaml

# What was tried; the table has a row for it.
tried() { echo "== $*"; }

check() { # WHAT EXPECTED COMMAND…       EXPECTED is a pattern for the last line
  what=$1 expected=$2
  shift 2
  found=$("$@" 2>&1 | tail -n 1)
  # shellcheck disable=SC2254
  case $found in
  $expected) echo "ok    $what" ;;
  *) echo "FAIL  $what: expected $expected, found $found" ;;
  esac
}

# The same, for what takes some time: an emulated machine is 20 times slower than a real one.
becomes() { # WHAT EXPECTED COMMAND…
  what=$1 expected=$2
  shift 2
  limit=$(($(date +%s) + 300))
  while :; do
    found=$("$@" 2>&1 | tail -n 1)
    # shellcheck disable=SC2254
    case $found in $expected) break ;; esac
    [ "$(date +%s)" -lt $limit ] || break
    sleep 1
  done
  check "$what" "$expected" echo "$found"
}

closes() { becomes "$1: routing is off" 0 routing; }

portfwd_says() { portfwd "$@" 2>&1 | sed 's/^/      /'; }
status_code() { portfwd "$@" >/dev/null 2>&1; echo $?; }
routing() { cat /proc/sys/net/ipv4/ip_forward; }
in_file() { mkdir -p /etc/portfwd; { printf 'version: 1\nforwarding: enable\nforwards:\n'; printf '  - %s\n' "$@"; } >$FILE; }
listens() { nft list table inet portfwd 2>/dev/null | grep -oE '(tcp|6) \. 600[0-9]' | grep -oE '600[0-9]' | sort -u | tr '\n' ' '; }
from() { ip netns exec "$1" python3 /root/ask.py "$2" "$3" "$4"; } # NAMESPACE PROTOCOL ADDRESS PORT
here() { python3 /root/ask.py "$@"; }

serve() { # NAMESPACE NAME ADDRESS PORT
  ip netns exec "$1" python3 /root/serve.py "$2" "$3" "$4" >/dev/null 2>&1 &
}

install() {
  [ ! -e /opt/portfwd ] || return 0
  cp /vm/data/node /usr/local/bin/node
  mkdir -p /opt/portfwd
  cp -r /vm/data/dist /vm/data/package.json /opt/portfwd/
  chown -R root:root /opt/portfwd
  chmod 755 /opt/portfwd/dist/portfwd.js
  ln -sf /opt/portfwd/dist/portfwd.js /usr/local/bin/portfwd
  echo "      Linux $(uname -r), $(systemctl --version | head -n 1), $(nft --version)"
}

# Once for each boot.
network() {
  [ ! -e /run/netns/outside ] || return 0
  cat >/root/serve.py <<'P'
import socket, sys, threading
name, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
def datagrams():
    s = socket.socket(type=socket.SOCK_DGRAM); s.bind((address, port))
    while True:
        data, peer = s.recvfrom(100); s.sendto(("%s sees %s" % (name, peer[0])).encode(), peer)
threading.Thread(target=datagrams, daemon=True).start()
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind((address, port)); s.listen(16)
while True:
    connection, peer = s.accept()
    connection.sendall(("%s sees %s\n" % (name, peer[0])).encode()); connection.close()
P
  cat >/root/ask.py <<'P'
import socket, sys
protocol, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(type=socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM); s.settimeout(5)
try:
    s.connect((address, port))
    if protocol == "udp": s.send(b"x")
    print(s.recv(100).decode().strip() or "nothing")
except OSError:
    print("nothing")
P
  # A client that goes on sending from one port; /root/heard has the last answer.
  cat >/root/stream.py <<'P'
import socket, sys, time
s = socket.socket(type=socket.SOCK_DGRAM); s.settimeout(0.2); s.connect((sys.argv[1], int(sys.argv[2])))
while True:
    try:
        s.send(b"x"); answer = s.recv(100).decode()
    except OSError:
        answer = "nothing"
    open("/root/heard", "w").write(answer + "\n"); time.sleep(0.2)
P
  modprobe veth
  ip netns add outside
  ip link add eth0 type veth peer name eth0 netns outside
  ip -n outside address add 198.51.100.2/24 dev eth0
  ip -n outside link set eth0 up
  ip -n outside link set lo up
  ip -n outside route add 192.168.0.0/24 via 198.51.100.1
  ip -n outside route add 172.17.0.0/16 via 198.51.100.1
  ip address add 198.51.100.1/24 dev eth0
  ip link set eth0 up
  ip route replace default via 198.51.100.2
  ip netns add target
  ip link add lan0 type veth peer name eth0 netns target
  ip address add 192.168.0.1/24 dev lan0
  ip link set lan0 up
  ip -n target address add 192.168.0.2/24 dev eth0
  ip -n target link set eth0 up
  ip -n target link set lo up
  ip -n target route add default via 192.168.0.1
  serve target TARGET 192.168.0.2 5000
  serve outside OUTSIDE 198.51.100.2 7000
  until [ "$(from target tcp 192.168.0.2 5000)" != nothing ] && [ "$(from outside tcp 198.51.100.2 7000)" != nothing ]; do sleep 1; done
}

# systemctl does not wait for the jobs that it passes on to portfwd.service.
forwards_work() {
  becomes "$1: outside reaches the target through the forward" 'TARGET sees 198.51.100.2' from outside tcp 198.51.100.1 6000
  check "$1: outside does not reach the target directly" nothing from outside tcp 192.168.0.2 5000
}

# The code of the first fault of a forward: none if doctor finds no fault.
fault() {
  portfwd doctor "$1" >/root/doctor 2>&1
  sed -n 's/^  fault: .*\[\([a-z0-9-]*\)\]$/\1/p' /root/doctor | grep . || echo none
}
first() { fault "$1" | head -n 1; }

sound() { # WHAT NAME…
  where=$1
  shift
  for name in "$@"; do
    check "$where: doctor finds no fault of $name" none first "$name"
    grep -q ': no fault found\|: may not work' /root/doctor || sed 's/^/      /' /root/doctor
  done
}

# The commands that doctor prints for the first fault of a forward are run.
fix_first() { # WHAT NAME CODE
  check "$1: doctor names $3 first" "$3" first "$2"
  sed -n 1,4p /root/doctor | sed 's/^/      /'
  command=$(portfwd doctor --json "$2" | python3 -c 'import json, sys; print("\n".join(json.load(sys.stdin)["forwards"][0]["causes"][0]["commands"]))')
  check "$1: doctor prints a command" '?*' echo "$command"
  sh -c "$command" 2>&1 | sed 's/^/      /'
}
asks() { becomes "$1" "$2" from outside tcp 198.51.100.1 "$3"; } # WHAT EXPECTED PORT
gone() { check "$1" nothing from outside tcp 198.51.100.1 "$2"; } # WHAT PORT
