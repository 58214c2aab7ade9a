# Sourced by scripts/bench. Compares commands on a host with 200 000 routes of IPv4 and as many of IPv6 with the same commands
# on a host without them: interleaved runs in two network namespaces. Peak memory is that of Node and its children together.

routes=200000
forwards=5000

host() { # prints the process that holds a new network namespace
  unshare -n sleep 3600 >/dev/null 2>&1 &
  local pid=$!
  sleep 0.2
  on "$pid" bash -ec '
    ip link set lo up
    for name in lan0 wan0; do ip link add $name type bridge; ip link set $name up; done
    ip address add 10.0.0.1/8 dev lan0; ip address add 198.51.100.1/24 dev wan0; ip address add 2001:db8::1/64 dev wan0 nodad
    ip route add default via 198.51.100.2; ip -6 route add default via 2001:db8::2
    sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1'
  echo "$pid"
}
on() { # PID COMMAND…: runs it in that network namespace
  nsenter --net="/proc/$1/ns/net" "${@:2}"
}
full_table() { # fills the tables of IPv4 and IPv6, each prefix through the default router
  seq 0 $((routes - 1)) | awk '{ printf "route add %d.%d.%d.0/24 via 198.51.100.2\n", 20 + $1 / 65536, $1 / 256 % 256, $1 % 256 }' |
    on "$1" ip -batch -
  seq 0 $((routes - 1)) | awk '{ printf "route add 2001:%x:%x::/48 via 2001:db8::2\n", 2560 + $1 / 65536, $1 % 65536 }' |
    on "$1" ip -6 -batch -
}
tree_peak() { # megabytes of COMMAND and its children together
  "$@" >/dev/null 2>&1 &
  local pid=$! most=0 now
  while [ -e "/proc/$pid/status" ]; do
    now=$(ps -o rss= --pid "$pid" --ppid "$pid" | awk '{ sum += $1 } END { print sum + 0 }')
    if [ "$now" -gt "$most" ]; then most=$now; fi
    if [ "$now" = 0 ]; then break; fi
    sleep 0.005
  done
  wait "$pid"
  echo $((most / 1024))
}
behind() { # N forwards to N targets, each in a prefix of its own in the full table
  printf 'version: 1\nforwards:\n'
  seq 0 $(($1 - 1)) | awk '{ printf "- %d:%d.%d.%d.9:80\n", 1 + $1, 20 + $1 / 65536, $1 / 256 % 256, $1 % 256 }'
}

empty=$(host) full=$(host)
trap 'kill "$empty" "$full"; rm -rf "$work"' EXIT
full_table "$full"
plain "$forwards" > "$work/lan.yaml"
behind "$forwards" > "$work/behind.yaml"

against_empty() { # TITLE NAME COMMAND…
  local title=$1 name=$2 with without
  for _ in $(seq 0 "$runs"); do
    once "empty-$name" on "$empty" env PORTFWD_STATE_DIR="$work/state-empty" node dist/portfwd.js "${@:3}"
    once "full-$name" on "$full" env PORTFWD_STATE_DIR="$work/state-full" node dist/portfwd.js "${@:3}"
  done
  with=$(median "full-$name") without=$(median "empty-$name")
  row "$title" "$with" "$(awk "BEGIN { printf \"%.2f x without the routes\", $with / $without }")"
}
for targets in lan behind; do
  file=$work/$targets.yaml
  where=$([ "$targets" = lan ] && echo 'on a link' || echo 'each in a routed prefix')
  echo "$routes routes of each family, $forwards forwards, targets $where"
  against_empty '  apply' "$targets-apply" apply "$file"
  against_empty '  check' "$targets-check" check "$file"
  against_empty '  plan' "$targets-plan" plan "$file"
  against_empty '  status' "$targets-status" status "$file"
  against_empty '  compile' "$targets-compile" compile --host-facts live "$file"
  printf '%-40s %6d MB\n' '  peak memory of apply' \
    "$(tree_peak on "$full" node dist/portfwd.js apply --state-dir "$work/state-full" "$file")"
done
