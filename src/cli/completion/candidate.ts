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
  /** The files in the directory beside that file. */
  readonly parts: (config: string | undefined) => readonly string[];
  /** Of the history in the directory that `--state-dir` names, or else in the usual one. The newest first. */
  readonly generations: (stateDir: string | undefined) => readonly Candidate[];
}

export const NOTHING: Completion = { candidates: [] };
