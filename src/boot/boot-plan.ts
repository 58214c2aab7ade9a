/** All that is written so that a ruleset loads at boot. Paths are those of the host it is for. */
export interface BootPlan {
  /** Who loads it: the distribution's main file, or a service of our own. */
  readonly how: 'include' | 'systemd' | 'openrc';
  readonly files: readonly BootFile[];
  readonly links: readonly BootLink[];
  /** What a person may want to know about the choice. */
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

/** Nothing here could load it without breaking something, or at all. */
export interface BootRefusal {
  readonly how: 'refused';
  readonly message: string;
  readonly remedy: string;
}

/** What has to be known of a host, or of the tree of one, to make a ruleset load when it starts. */
export interface BootFacts {
  /** As os-release names it, for people. */
  readonly distribution: string;
  /** What shows that OpenWrt's firewall owns the include directory. */
  readonly fw4: string | undefined;
  /** The file that the distribution's own nftables service loads. */
  readonly main: { readonly path: string; readonly text: string } | undefined;
  /** That service starts at boot. */
  readonly nftablesEnabled: boolean;
  readonly manager: 'systemd' | 'openrc' | undefined;
  /** The absolute path of nft there. */
  readonly nft: string;
}

/** A sysctl that the forwards need; named by its path below /proc/sys. */
export interface BootSysctl {
  readonly path: string;
  readonly value: string;
  /** The chain without which it must not be on. */
  readonly guard: string | undefined;
}

export interface BootContent {
  /** In nft's own syntax, self-contained and idempotent. */
  readonly ruleset: string;
  /** In the order in which they are to be set. */
  readonly sysctls: readonly BootSysctl[];
  /** Where what is open now is remembered; the file that portfwd itself reads. */
  readonly savedSysctlsPath: string;
}

/** Read by Alpine's main file, and by others' where somebody added the include. */
export const DROP_IN = '/etc/nftables.d/portfwd.nft';

export const SCRIPT = '/etc/portfwd/sysctls.sh';

export const UNITS = '/etc/systemd/system';
