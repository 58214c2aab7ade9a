import { type BootContent, type BootFacts, type BootSysctl, type BootFile, hasGuard, SCRIPT } from './boot-plan.ts';
import { LEAVE } from './leave-script.ts';
import { OPEN_LINKS } from './open-links-script.ts';
import { quoted } from './quoted.ts';
import { RESTORE } from './restore-script.ts';
import { findRouting, LOAD_GUARDED, sysctlLines } from './routing-script.ts';
import { udpFlows } from './udp-flows-script.ts';

/**
 * A shell script that sets the sysctls at boot. It sets one only if its guard chain is loaded, and first saves the previous
 * value where portfwd reads it too. Then it ends the UDP flows that began before the forwards were loaded.
 */
export const sysctlScript = ({ nft }: BootFacts, content: BootContent): BootFile => ({
  path: SCRIPT,
  mode: 0o644,
  content: [
    '# Sets the sysctls that the forwards need. Written by portfwd enable; its service runs',
    '#   sh sysctls.sh on [INTERFACE]    sh sysctls.sh off',
    'set -u',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    'umask 077',
    `nft=${quoted(nft)}`,
    `saved=${quoted(content.savedSysctlsPath)}`,
    'here="$(cat /proc/sys/kernel/random/boot_id) $(readlink /proc/self/ns/net)"',
    ...findRouting(content),
    '',
    '# Path below /proc/sys, value, and the chain that has to be loaded. * means every interface.',
    'for_each() {',
    ...sysctlLines(content),
    '\t:',
    '}',
    BODY,
    RESTORE,
    ...(hasGuard(content) ? [LEAVE] : []),
    ...(content.udpListens.length === 0 ? [] : [udpFlows(content.udpListens)]),
    actions((content.ifOff ?? []).length > 0 ? LOAD_GUARDED : '', content.udpListens.length === 0 ? '' : END_FLOWS),
  ].join('\n'),
  why: 'sets the sysctls that the forwards need once their guard chain is loaded, and restores them',
});

const BODY = `
turn_on() {
	case $1 in
	*'*'*)
		for file in /proc/sys/$1; do
			case $file in
			*/conf/all/* | */conf/default/* | */conf/lo/* | *'*'*) ;;
			*) turn_one_on "\${file#/proc/sys/}" "$2" "$3" ;;
			esac
		done
		;;
	*) turn_one_on "$@" ;;
	esac
}

turn_one_on() {
	case $1 in
	net/ipv?/conf/"$link"/*) ;;
	*) [ -z "$link" ] || return 0 ;;
	esac
	if [ ! -e "/proc/sys/$1" ]; then
		echo "portfwd: $1 does not exist yet" >&2
		return 0
	fi
	case $chains in
	*"\\"table\\": \\"portfwd\\", \\"name\\": \\"$3\\""* | *"\\"table\\": \\"portfwd_guard\\", \\"name\\": \\"$3\\""*) ;;
	*) [ -z "$3" ] || unguarded "$1" ;;
	esac
	read -r was <"/proc/sys/$1"
	[ "$was" != "$2" ] || return 0
	case $1=$was in
	# Others had set it, or it was inherited.
	*/route_localnet=[!0]*) return 0 ;;
	esac
	case $1 in
	net/ipv4/conf/default/route_localnet) ! namespaces_inherit || return 0; save_open_links ;;
	net/ipv4/ip_forward) save_along net/ipv4 /proc/sys/net/ipv4/conf/all/accept_redirects ;;
	net/ipv6/conf/all/forwarding) save_along net/ipv6 /proc/sys/net/ipv6/conf/*/force_forwarding ;;
	esac
	save "$1" "$was"
	printf '%s\\n' "$2" >"/proc/sys/$1" || echo "portfwd: $1 stays $was: it cannot be written" >&2
}

save() {
	printf '%s %s %s\\n' "$here" "$1" "$2" >>"$saved" || exit 1
}

${OPEN_LINKS}
# The kernel changes the value of every interface along with the one for the whole host.
save_along() {
	family=$1
	shift
	for file in "/proc/sys/$family"/conf/*/forwarding "$@"; do
		case $file in
		*/conf/all/*forwarding | */conf/default/force_forwarding | *'*'*) ;;
		*)
			# It fails because the kernel ends the line early, and the value is there.
			read -r value <"$file"
			save "\${file#/proc/sys/}" "$value"
			;;
		esac
	done
}

# A sysctl must not stay on without its guard chain.
unguarded() {
	read -r before <"/proc/sys/$1"
	restore || exit 1
	read -r now <"/proc/sys/$1"
	if [ "$before" = "$now" ]; then
		echo "portfwd: $1 was not set: the forwards are not loaded" >&2
	else
		echo "portfwd: $1 was turned off: its guard chain is not loaded any more" >&2
	fi
	exit 1
}
`;

/** When the forwards were loaded, not when an interface appears. */
const END_FLOWS = `	case $chains in
	*'"table": "portfwd"'*) [ -n "$link" ] || end_missed_flows ;;
	esac
`;

const actions = (first: string, last: string): string => `
case $1 in
on)
	# An interface, or its path in /sys.
	link=\${2-}
	link=\${link##*/}
	mkdir -p "\${saved%/*}"
	chains=$("$nft" -j list chains inet)
${first}	for_each turn_on
	case $chains in
	*"\\"table\\": \\"portfwd\\", \\"name\\": \\"pf_forward_guard\\""*) remove_guard_table ;;
	esac
${last}	;;
off) restore ;;
leave)
	leave
	failed=$?
	rm -f "$saved.jobs" "$saved.localnet"
	exit $failed
	;;
watch)
	case $("$nft" -j list chains inet) in
	*'"name": "pf_forward_guard"'*) ;;
	*) restore ;;
	esac
	;;
esac
`;

/** The interfaces whose own sysctls are set; such an interface may appear long after boot. */
export const interfacesOf = (sysctls: readonly BootSysctl[]): string[] =>
  [
    ...new Set(
      sysctls.flatMap(({ path }) => /^net\/ipv[46]\/conf\/(?<link>[^/]+)\//.exec(path)?.groups?.['link'] ?? []),
    ),
  ].filter((link) => link !== 'all' && link !== 'default' && !link.includes('*'));
