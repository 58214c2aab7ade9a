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
  readonly memory: string;
}
