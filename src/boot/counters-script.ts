import { type BootContent, type BootFacts, type BootFile, COUNTERS_FILE, COUNTERS_SCRIPT } from './boot-plan.ts';
import { quoted } from './quoted.ts';

/**
 * A shell script that loads the counters at boot, and saves their values before the table ends. portfwd adds the saved
 * values to the sums when it reads them, so nothing has to be restored. The name of a saved listing has the seconds since
 * the boot: the order counts, and a clock can be set.
 */
export const countersScript = ({ nft }: BootFacts, { directory }: NonNullable<BootContent['counters']>): BootFile => ({
  path: COUNTERS_SCRIPT,
  mode: 0o644,
  content: `# Loads the counters of the forwards, and saves their values. Written by portfwd enable; its service runs
#   sh counters.sh on    sh counters.sh save
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 077
nft=${quoted(nft)}
directory=${quoted(directory)}
${BODY}`,
  why: 'loads the counters, and saves their values when the system goes down',
});

const BODY = String.raw`
# Connections to these addresses count although they are open already.
own_addresses() {
	command -v ip >/dev/null || return 0
	ip -o address show | awk '
		$3 == "inet" || $3 == "inet6" {
			sub(/\/.*/, "", $4)
			print "add element inet portfwd_counters pf_own" ($3 == "inet" ? 4 : 6) " { " $4 " }"
		}' | "$nft" -f -
}

save() {
	listing=$("$nft" -j -n list table inet portfwd_counters 2>/dev/null) || return 0
	case $listing in
	*'"packets"'*) ;;
	*) return 0 ;;
	esac
	boot=$(cat /proc/sys/kernel/random/boot_id)
	read -r seconds rest </proc/uptime
	seconds=${'$'}{seconds%.*}
	while [ -e "$directory/counters-$boot-$seconds.listing" ]; do seconds=$((seconds + 1)); done
	saved=$directory/counters-$boot-$seconds.listing
	printf '%s\n' "$boot $(readlink /proc/self/ns/net)" "$listing" >"$saved.new" && mv "$saved.new" "$saved"
}

case $1 in
on) "$nft" -f ${COUNTERS_FILE} && own_addresses ;;
save) save ;;
esac
`;
