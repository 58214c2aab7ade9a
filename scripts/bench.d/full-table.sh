# Sourced by scripts/bench. Compares commands on a host with 200 000 routes of IPv4 and as many of IPv6 with the same commands
# on a host without them: the processor time (user and system) of Node and all its children, in interleaved runs in two network
# namespaces. Peak memory is that of Node and its children together.

routes=200000
forwards=5000

host() { # prints the process that holds a new network namespace
  unshare -n sleep 3600 >/dev/null 2>&1 &
  local pid=$!
  until [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
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
processor() { # NAME COMMAND…: notes its processor time in milliseconds; a command that fails ends the benchmark
  local TIMEFORMAT='%U %S'
  { time "${@:2}" >/dev/null 2>"$work/said"; } 2>"$work/took" || { cat "$work/said" >&2; exit 1; }
  awk '{ print int(1000 * ($1 + $2)) }' "$work/took" >> "$work/$1.ms"
}
# N forwards from port FIRST on, each to a target of its own: on a link, or in a prefix of its own, spread over the table
lan4() { seq 0 $(($1 - 1)) | awk -v first="$2" '{ printf "- %d:10.0.%d.%d:80\n", first + $1, 1 + $1 / 256, $1 % 256 }'; }
lan6() { seq 1 "$1" | awk -v first="$2" '{ printf "- %d:[2001:db8::1:%x]:80\n", first + $1, $1 }'; }
spread4() {
  seq 0 $(($1 - 1)) | awk -v first="$2" -v step=$((routes / $1)) \
    '{ at = step * $1; printf "- %d:%d.%d.%d.9:80\n", first + $1, 20 + at / 65536, at / 256 % 256, at % 256 }'
}
spread6() {
  seq 0 $(($1 - 1)) | awk -v first="$2" -v step=$((routes / $1)) \
    '{ at = 1 + step * $1; printf "- %d:[2001:%x:%x::9]:80\n", first + $1, 2560 + at / 65536, at % 65536 }'
}
forwards_of() { # COMMAND…: a file with what they print
  printf 'version: 1\nforwards:\n'
  for command in "$@"; do $command; done
}

empty=$(host) full=$(host)
trap 'kill "$empty" "$full"; rm -rf "$work"' EXIT
full_table "$full"
half=$((forwards / 2))
forwards_of "lan4 $half 1" "lan6 $half 30000" > "$work/lan.yaml"
forwards_of "spread4 $forwards 1" > "$work/spread4.yaml"
forwards_of "spread6 $forwards 1" > "$work/spread6.yaml"
forwards_of "spread4 $half 1" "spread6 $half 30000" > "$work/spread.yaml"

against_empty() { # TITLE NAME COMMAND…
  local title=$1 name=$2 with without
  for _ in $(seq 0 "$runs"); do
    processor "empty-$name" on "$empty" env PORTFWD_STATE_DIR="$work/state-empty" node dist/portfwd.js "${@:3}"
    processor "full-$name" on "$full" env PORTFWD_STATE_DIR="$work/state-full" node dist/portfwd.js "${@:3}"
  done
  with=$(median "full-$name") without=$(median "empty-$name")
  row "$title" "$with" "$(awk "BEGIN { printf \"%.2f x without the routes\", $with / $without }")"
}
save_routes() { # of both families, as portfwd does
  on "$full" ip -4 route save table all type unicast > "$work/saved" && on "$full" ip -6 route save table all type unicast > "$work/saved"
}
echo "processor time with $routes routes of each family and $forwards forwards"
for _ in $(seq 0 "$runs"); do processor save save_routes; done
row '  ip saves the routes of both families' "$(median save)" ''
quick() { # TARGETS DESTINATION: the commands that take least time without the routes
  against_empty '  check' "$1-check" check "$work/$1.yaml"
  against_empty '  compile' "$1-compile" compile --host-facts live "$work/$1.yaml"
  against_empty '  explain' "$1-explain" explain --from "${3:-203.0.113.5}" --to "$2" "$work/$1.yaml"
}
all() { # TARGETS DESTINATION
  against_empty '  apply' "$1-apply" apply --allow-removals "$work/$1.yaml"
  against_empty '  plan' "$1-plan" plan "$work/$1.yaml"
  against_empty '  status' "$1-status" status "$work/$1.yaml"
  quick "$@"
  printf '%-40s %6d MB\n' '  peak memory of apply' \
    "$(tree_peak on "$full" node dist/portfwd.js apply --state-dir "$work/state-full" "$work/$1.yaml")"
}
echo 'targets on a link, half of them IPv6'
all lan 198.51.100.1:2000
echo 'targets spread over the table, half of them IPv6'
all spread 198.51.100.1:2000
echo 'targets spread over the table, IPv4'
quick spread4 198.51.100.1:2000
echo 'targets spread over the table, IPv6'
quick spread6 '[2001:db8::1]:2000' 2001:db8:5::5
