# Sourced by scripts/bench. How long the end of old flows takes: 100 000 connections of a forward that stays, and 8 000 of
# ports that get another target. conntrack makes the entries, in a network namespace of their own.

kept=100000
stale=8000

entries() { # COUNT FIRST-PORT STEP TARGET-PORT…: lines for conntrack -R
  seq 0 $(($1 - 1)) | awk -v port="$2" -v step="$3" -v target="$4" '{
    client = sprintf("10.%d.%d.%d", 32 + $1 / 65536, $1 / 256 % 256, $1 % 256)
    printf "-I -p udp -s %s -d 198.51.100.1 --sport 40000 --dport %d -r 10.0.0.2 -q %s --reply-port-src %d --reply-port-dst 40000 -t 3000\n",
      client, port + $1 * step, client, target + $1 * step }'
}
ranges() { # TARGET: one forward that stays, and a range to this target
  printf 'version: 1\nforwards:\n- 6000:10.0.0.2:5000/udp\n- 10000-%d:%s:10000-%d/udp\n' $((9999 + stale)) "$1" $((9999 + stale))
}
flows_host=$(host)
trap 'kill "$empty" "$full" "$flows_host"; rm -rf "$work"' EXIT
ranges 10.0.0.2 > "$work/flows-before.yaml"
ranges 10.0.0.3 > "$work/flows-after.yaml"
entries "$kept" 6000 0 5000 > "$work/kept"
entries "$stale" 10000 1 10000 > "$work/stale"
on_flows_host() { on "$flows_host" env PORTFWD_STATE_DIR="$work/state-flows" "$@"; }
on_flows_host node dist/portfwd.js apply "$work/flows-before.yaml" >/dev/null 2>&1
on_flows_host conntrack -R "$work/kept" >/dev/null 2>&1

for _ in $(seq 0 "$runs"); do
  on_flows_host node dist/portfwd.js apply "$work/flows-before.yaml" >/dev/null 2>&1
  once flows-none on_flows_host node dist/portfwd.js apply "$work/flows-before.yaml"
  on_flows_host conntrack -R "$work/stale" >/dev/null 2>&1
  once flows-many on_flows_host node dist/portfwd.js apply "$work/flows-after.yaml"
done
echo "$kept connections that go on, $stale that end"
row '  apply, nothing to end' "$(median flows-none)" ''
row '  apply, ends the old ones' "$(median flows-many)" \
  "$(awk "BEGIN { printf \"%.2f x nothing to end\", $(median flows-many) / $(median flows-none) }")"
left=$(on_flows_host conntrack -C)
[ "$left" -ge "$kept" ] && [ "$left" -lt $((kept + stale)) ] || { echo "bench: $left connections are left" >&2; exit 1; }

# The question of --confirm comes before they end, with the whole time.
on_flows_host node dist/portfwd.js apply "$work/flows-before.yaml" >/dev/null 2>&1
on_flows_host conntrack -R "$work/stale" >/dev/null 2>&1
on_flows_host node dist/portfwd.js apply --confirm 60 "$work/flows-after.yaml" >/dev/null 2>"$work/asked" </dev/null &
asking=$!
until grep -q 'reverting in' "$work/asked"; do sleep 0.05; done
row '  --confirm 60: left when it asks' "$(($(grep -o 'reverting in [0-9]*' "$work/asked" | grep -o '[0-9]*') * 1000))" ''
once confirm on_flows_host node dist/portfwd.js confirm
wait "$asking"
row '  confirm' "$(tail -n 1 "$work/confirm.ms")" ''
