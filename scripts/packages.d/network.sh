# shellcheck shell=bash
#     outside 198.51.100.2 ──── eth0 198.51.100.1 host, with a service on 192.168.0.2:5000
network() {
  ip netns add outside
  ip link add eth0 type veth peer name eth0 netns outside
  ip -n outside address add 198.51.100.2/24 dev eth0
  ip -n outside link set eth0 up
  ip address add 198.51.100.1/24 dev eth0
  ip link set eth0 up
  ip address add 192.168.0.2/32 dev lo
  # shellcheck disable=SC2016 # JavaScript
  node -e 'require("net").createServer((s) => s.end(`sees ${s.remoteAddress}\n`)).listen(5000, "192.168.0.2")' &
}

# What the service says to outside on port 6000. The service may be starting.
ask() {
  # shellcheck disable=SC2016 # expanded inside
  ip netns exec outside bash -c 'for try in {1..50}; do
    if exec 3<>/dev/tcp/198.51.100.1/6000; then read -t 20 -r line <&3 && echo "$line"; exit; fi
    sleep 0.1
  done' 2>/dev/null
}
