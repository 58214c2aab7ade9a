/**
 * What portfwd writes to `net.ipv4.conf.default.route_localnet`. For the kernel it is the same as 1, which other programs
 * write (docs/netfilter.md, fact 32). So interfaces that inherited it differ from those that another program opened.
 */
export const INHERITED = '2';

/** The part of the script that looks for interfaces with route_localnet. */
export const OPEN_LINKS = `# A container that starts later would have the value too, and it has no guard chain.
namespaces_inherit() {
	[ -e /proc/sys/net/core/netdev_max_backlog ] || return 1
	read -r mode </proc/sys/net/core/devconf_inherit_init_net
	[ "$mode" != 2 ]
}

# The open interfaces of which nothing is saved. With an argument, only those with that value.
open_links() {
	for file in /proc/sys/net/ipv4/conf/*/route_localnet; do
		path=\${file#/proc/sys/}
		case $path in
		*/conf/all/* | */conf/default/* | */conf/lo/*) continue ;;
		esac
		read -r value <"$file"
		[ "$value" != 0 ] && [ "$value" = "\${1:-$value}" ] || continue
		grep -qsF "$here $path " "$saved" || echo "$path"
	done
}

# Before interfaces inherit the value: these do not.
save_open_links() {
	for open in $(open_links); do
		read -r value <"/proc/sys/$open"
		save "$open" "$value"
	done
}
`;
