import { type BootContent, type BootSysctl, routingFile, suffixOf } from './boot-plan.ts';
import { quoted } from './quoted.ts';

/** `routing` names the families that are not forwarded, or that portfwd turned on in this boot. */
export function findRouting({ ifOff = [] }: BootContent): string[] {
  const families = new Set(ifOff.flatMap((routing) => routing.families));
  return [
    "routing=''",
    ...(families.size === 0 ? [] : [CHOICE]),
    ...[...families].map((family) => `! is_off ${SWITCH[family]} || routing=$routing-${family}`),
  ];
}

const SWITCH = { ip: 'net/ipv4/ip_forward', ip6: 'net/ipv6/conf/all/forwarding' } as const;

const CHOICE = `
# Off, or turned on by portfwd since the boot.
is_off() {
	[ -e "/proc/sys/$1" ] || return 1
	read -r now <"/proc/sys/$1"
	[ "$now" = 0 ] || grep -qsF "$here $1 " "$saved"
}

# The forwards with the guard of the routing that is turned on next.
load_guarded() {
	case $chains in
	*'"table": "portfwd"'*) ;;
	*) return 0 ;;
	esac
	"$nft" -f ${routingFile('$routing')} || exit 1
	chains=$("$nft" -j list chains inet)
}
`;

/** An interface that appears changes only its own sysctls. */
export const LOAD_GUARDED = '\t[ -z "$routing" ] || [ -n "$link" ] || load_guarded\n';

export const sysctlLines = ({ sysctls, ifOff = [] }: BootContent): string[] =>
  ifOff.length === 0
    ? sysctls.map(line)
    : [
        '\tcase $routing in',
        ...ifOff.flatMap((routing) => [`\t${suffixOf(routing)})`, ...routing.sysctls.map(line), '\t\t;;']),
        '\t*)',
        ...sysctls.map(line),
        '\t\t:',
        '\t\t;;',
        '\tesac',
      ];

const line = ({ path, value, guard }: BootSysctl): string =>
  `\t"$1" ${quoted(path)} ${quoted(value)} ${quoted(guard ?? '')}`;
