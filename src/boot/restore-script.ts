import { guardFile } from './boot-plan.ts';
import { INHERITED } from './open-links-script.ts';

/** The part of the script that restores the saved values. What cannot be closed keeps its record and its guard. */
export const RESTORE = `
restore() {
	[ -e "$saved" ] || return 0
	restore_values "$saved"
	all_closed "$saved" || return 1
	forget
	# With the routing off, the guard that outlasted the forwards has nothing to guard.
	remove_guard_table
}

# Fails if something stays open, for example because /proc/sys is read-only. Its guard stays too, or is loaded again.
all_closed() {
	open=$(awk '!seen[$1, $2, $3]++' "$1" | while read -r boot network path was; do
		[ "$boot $network $was" = "$here 0" ] && [ -e "/proc/sys/$path" ] || continue
		case $path in
		*/route_localnet | */ip_forward | */forwarding | */force_forwarding) ;;
		*) continue ;;
		esac
		read -r value <"/proc/sys/$path"
		[ "$value" = 0 ] || printf ' %s' "$path"
	done)
	[ -n "$open" ] || return 0
	case $("$nft" -j list chains inet) in
	*'"name": "pf_forward_guard"'*) ;;
	*) load_guard ;;
	esac
	echo "portfwd: these sysctls cannot be set to 0:$open; mount /proc/sys writable, then run portfwd down" >&2
	return 1
}

load_guard() {
	guard=${guardFile('$routing')}
	[ -e "$guard" ] && "$nft" -f "$guard"
}

# Lines of other network namespaces in this boot stay.
forget() {
	others=$(grep -F "\${here%% *} " "$saved" | grep -vF "$here ")
	if [ -n "$others" ]; then
		printf '%s\\n' "$others" >"$saved"
	else
		rm -f "$saved"
	fi
}

# A value that is right already may be on a read-only file system.
set_value() {
	read -r present <"$1"
	[ "$present" = "$2" ] || printf '%s\\n' "$2" >"$1"
}

remove_guard_table() {
	"$nft" 'add table inet portfwd_guard; delete table inet portfwd_guard'
}

restore_values() {
	# In reverse order: the value for the whole host comes before those of the interfaces.
	sed '1!G;h;$!d' "$1" | while read -r boot network path was; do
		[ "$boot $network" = "$here" ] && [ -e "/proc/sys/$path" ] || continue
		case $path=$was in
		# Others had set it.
		*/route_localnet=[!0]*) continue ;;
		esac
		read -r ours <"/proc/sys/$path"
		set_value "/proc/sys/$path" "$was"
		case $path in
		net/ipv4/conf/default/route_localnet)
			# With another value than ${INHERITED}, another program opened the interface. An older portfwd wrote 1.
			copied=${INHERITED}
			[ "$ours" != 1 ] || copied=
			for inherited in $(open_links "$copied"); do set_value "/proc/sys/$inherited" "$was"; done
			;;
		net/ipv4/ip_forward) restore_later net/ipv4 "$was" ;;
		net/ipv6/conf/all/forwarding) restore_later net/ipv6 "$was" ;;
		esac
	done
}

# Interfaces that appeared later get the value that they would have inherited.
restore_later() {
	inherited=$2
	while read -r boot network path value; do
		if [ "$boot $network $path" = "$here $1/conf/default/forwarding" ]; then
			inherited=$value
			break
		fi
	done <"$saved"
	[ "$inherited" != "$2" ] || return 0
	for file in "/proc/sys/$1"/conf/*/forwarding; do
		case $file in
		*/conf/all/forwarding) ;;
		*) printf '%s\\n' "$inherited" >"$file" ;;
		esac
	done
}
`;
