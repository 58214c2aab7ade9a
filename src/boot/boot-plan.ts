/** The files that load a ruleset at boot. Paths are those of the host that will boot. */
export interface BootPlan {
  /** What loads the ruleset: the distribution's main file, or a service of portfwd. */
  readonly how: 'include' | 'systemd' | 'openrc';
  readonly files: readonly BootFile[];
  readonly links: readonly BootLink[];
  /** Why it is loaded in this way. */
  readonly notes: readonly string[];
}

export interface BootFile {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
  readonly why: string;
}

export interface BootLink {
  readonly path: string;
  readonly target: string;
  readonly why: string;
}

/** There is no safe way to load the ruleset at boot on this host. */
export interface BootRefusal {
  readonly how: 'refused';
  readonly message: string;
  readonly remedy: string;
}

/** The facts of a host, or of the tree of another one, that the plan depends on. */
export interface BootFacts {
  /** PRETTY_NAME of os-release. */
  readonly distribution: string;
  /** A path that shows that OpenWrt's firewall uses the include directory. */
  readonly fw4: string | undefined;
  /** The file that the distribution's nftables service loads, such as /etc/nftables.conf. */
  readonly main: { readonly path: string; readonly text: string } | undefined;
  /** The nftables service is enabled. */
  readonly nftablesEnabled: boolean;
  readonly manager: 'systemd' | 'openrc' | undefined;
  /** The absolute path of nft on that host. */
  readonly nft: string;
}

/** A sysctl that the forwards need, by its path below /proc/sys. */
export interface BootSysctl {
  readonly path: string;
  readonly value: string;
  /** The chain that must be loaded before the sysctl is set. */
  readonly guard: string | undefined;
}

/** A UDP listen of a forward, for flows that began while it was not loaded. */
export interface UdpListen {
  readonly family: 'ipv4' | 'ipv6';
  /** Undefined: every address of this host. */
  readonly address: string | undefined;
  readonly first: number;
  readonly last: number;
  /** Clients on this host use the forward by 127.0.0.1, or by a link-local address. */
  readonly loopback: boolean;
  /** If the target has the same ports. */
  readonly target: string | undefined;
}

export interface BootRouting {
  /** In the syntax of nft. Loading it twice has the same result. */
  readonly ruleset: string;
  /** In the order in which to set them. */
  readonly sysctls: readonly BootSysctl[];
  /** The guard in a table of its own, in the syntax of nft. Undefined: portfwd does not turn routing on. */
  readonly guardTable?: string | undefined;
}

export interface BootContent extends BootRouting {
  /** For forwarding that another program turned on, if it is off at boot. */
  readonly ifOff?: readonly RoutingIfOff[];
  readonly udpListens: readonly UdpListen[];
  /** The table with the counters in the syntax of nft, and the directory for saved values. Undefined: nothing is counted. */
  readonly counters?: { readonly text: string; readonly directory: string } | undefined;
  /** The file with the values to restore, which portfwd reads too. */
  readonly savedSysctlsPath: string;
}

interface RoutingIfOff extends BootRouting {
  /** Those that are off. */
  readonly families: readonly ('ip' | 'ip6')[];
}

/** As a part of the names of files and in the script. */
export const suffixOf = ({ families }: Pick<RoutingIfOff, 'families'>): string =>
  families.map((family) => `-${family}`).join('');

export const everySysctl = ({ sysctls, ifOff = [] }: BootContent): BootSysctl[] => [
  ...sysctls,
  ...ifOff.flatMap((routing) => routing.sysctls),
];

export const hasGuard = ({ guardTable, ifOff = [] }: BootContent): boolean =>
  guardTable !== undefined || ifOff.length > 0;

/** Alpine's main file includes this directory; on other distributions the administrator may have added the include. */
export const DROP_IN = '/etc/nftables.d/portfwd.nft';

export const SCRIPT = '/etc/portfwd/sysctls.sh';

/** Loaded when the service stops and other programs use the routing that portfwd turned on. */
export const guardFile = (suffix = ''): string => `/etc/portfwd/guard${suffix}.nft`;

/** Loaded instead of the drop-in if forwarding is off at boot. */
export const routingFile = (suffix: string): string => `/etc/portfwd/routing${suffix}.nft`;

export const COUNTERS_FILE = '/etc/portfwd/counters.nft';

export const COUNTERS_SCRIPT = '/etc/portfwd/counters.sh';

export const UNITS = '/etc/systemd/system';

/** The scripts of OpenRC. */
export const INIT = '/etc/init.d';
