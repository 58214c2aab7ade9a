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
