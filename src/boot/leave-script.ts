/**
 * The part of the script for a stop of the service. Routing that portfwd turned on and other programs use stays on, with its
 * guard in a table of its own. If nftables.service ends too, it would remove that table, so the routing goes off.
 */
export const LEAVE = `
# Another table translates forwarded packets or filters them, or a bridge that appeared later has a port.
routing_is_used() {
	[ -z "$(cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null)" ] || return 0
	"$nft" list ruleset | awk '
		/^table/ { ours = $3 ~ /^portfwd/ }
		/^\t}/ { forward = 0 }
		ours { next }
		forward && NF > 0 || /(^|[ "])(masquerade|snat)([ "]|$)|MASQUERADE|SNAT/ || /(^|[ "])dnat |DNAT/ && !/ to (127\\.|\\[?::1[^0-9a-f:])/ || /hook forward.*policy drop/ { used = 1 }
		/type filter hook forward/ { forward = 1 }
		END { exit !used }' && return 0
	for port in /sys/class/net/*/brif/*; do
		bridge=\${port#/sys/class/net/}
		bridge=\${bridge%%/*}
		[ ! -e "$port" ] || grep -qsF "$here net/ipv4/conf/$bridge/forwarding " "$saved" || return 0
	done
	return 1
}

# Without its table, nothing would guard the routing. If systemd does not answer, it is turned off too.
nftables_ends() {
	systemctl list-jobs --no-legend >"$saved.jobs" || return 0
	awk '$2 == "nftables.service" && $3 ~ /stop|restart/ { ends = 1 } END { exit !ends }' "$saved.jobs"
}

leave() {
	[ -e "$saved" ] || return 0
	if nftables_ends || ! routing_is_used || ! load_guard; then
		restore
		return
	fi
	grep '/route_localnet ' "$saved" >"$saved.localnet"
	restore_values "$saved.localnet"
	all_closed "$saved.localnet" || return 1
	grep -v '/route_localnet ' "$saved" >"$saved.routing"
	mv "$saved.routing" "$saved"
	if systemctl --no-block start portfwd-routing.service; then
		echo "portfwd: routing stays on, because other programs use it; the table inet portfwd_guard drops everything else; portfwd down shows why, and how to end it"
	else
		restore
	fi
}
`;
