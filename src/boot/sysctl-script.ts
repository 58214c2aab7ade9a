import { type BootContent, type BootFacts, type BootSysctl, type BootFile, SCRIPT } from './boot-plan.ts';

/**
 * What opens something is set only while the kernel holds the chain that guards it, and what it was before is
 * on record first, where portfwd itself reads it.
 */
export const sysctlScript = ({ nft }: BootFacts, { sysctls, savedSysctlsPath }: BootContent): BootFile => ({
  path: SCRIPT,
  mode: 0o644,
  content: [
    '# The sysctls that the forwards need. Written by portfwd enable; run by its service, as',
    '#   sh sysctls.sh on [INTERFACE]    sh sysctls.sh off',
    'set -u',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    'umask 077',
    `nft=${quoted(nft)}`,
    `memory=${quoted(savedSysctlsPath)}`,
    'here="$(cat /proc/sys/kernel/random/boot_id) $(readlink /proc/self/ns/net)"',
    '',
    '# Path below /proc/sys, value, and the chain that has to be there.',
    'each() {',
    ...sysctls.map(line),
    '\t:',
    '}',
    BODY,
  ].join('\n'),
  why: 'sets the sysctls that the forwards need behind their guard, and puts them back',
});

const line = ({ path, value, guard }: BootSysctl): string =>
  `\t"$1" ${quoted(path)} ${quoted(value)} ${quoted(guard ?? '')}`;

const BODY = `
turn_on() {
	case $1 in
	net/ipv?/conf/"$link"/*) ;;
	*) [ -z "$link" ] || return 0 ;;
	esac
	if [ ! -e "/proc/sys/$1" ]; then
		echo "portfwd: $1 is not there yet" >&2
		return 0
	fi
	case $chains in
	*"\\"table\\": \\"portfwd\\", \\"name\\": \\"$3\\""*) ;;
	*) [ -z "$3" ] || unguarded "$1" ;;
	esac
	read -r was <"/proc/sys/$1"
	[ "$was" != "$2" ] || return 0
	printf '%s %s %s\\n' "$here" "$1" "$was" >>"$memory" || exit 1
	printf '%s\\n' "$2" >"/proc/sys/$1"
}

# Nothing stays open without its guard, whoever removed it.
unguarded() {
	put_back
	echo "portfwd: $1 is left as it was: the forwards are not loaded" >&2
	exit 1
}

put_back() {
	[ -e "$memory" ] || return 0
	# The last one first.
	sed '1!G;h;$!d' "$memory" | while read -r boot network path was; do
		if [ "$boot $network" = "$here" ] && [ -e "/proc/sys/$path" ]; then
			printf '%s\\n' "$was" >"/proc/sys/$path"
		fi
	done
	rm -f "$memory"
}

case $1 in
on)
	link=\${2-}
	mkdir -p "\${memory%/*}"
	chains=$("$nft" -j list chains inet)
	each turn_on
	;;
off) put_back ;;
esac
`;

/** Those whose own sysctls are to be set: an interface may come long after the forwards. */
export const interfacesOf = (sysctls: readonly BootSysctl[]): string[] =>
  [
    ...new Set(
      sysctls.flatMap(({ path }) => /^net\/ipv[46]\/conf\/(?<link>[^/]+)\//.exec(path)?.groups?.['link'] ?? []),
    ),
  ].filter((link) => link !== 'all' && link !== 'default');

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
