export interface Candidate {
  readonly value: string;
  readonly about?: string | undefined;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** The shell also offers these. */
  readonly paths?: 'files' | 'directories' | undefined;
}

/** What only the host knows. */
export interface Known {
  /** Of the file that `--config` names, or else of the usual one. */
  readonly forwards: (config: string | undefined) => Promise<readonly Candidate[]>;
  readonly interfaces: () => readonly string[];
}

export const NOTHING: Completion = { candidates: [] };
