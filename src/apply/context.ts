import type { Failure } from '../failure/failure.ts';
import type { Host } from '../host/host.ts';
import type { LockHolder } from '../host/state/lock-holder.ts';
import type { StatePaths } from '../host/state/paths.ts';
import type { RoutingStay } from './sysctls/routing-stays.ts';
import type { SavedTable } from './read/kernel-table.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every step below the command line works with. Made once for each command. */
export interface Context {
  readonly host: Host;
  readonly state: StatePaths;
  readonly env: Environment;
  /** The program and arguments by which the rollback timer starts portfwd. */
  readonly revertCommand: readonly string[];
  readonly report: Report;
}

/** What comes up while a command is under way and does not end it. The command line prints it. */
export interface Report {
  /** Something failed; what the command did stays. */
  readonly problem: (failure: Failure) => void;
  /** Connections of these forwards may go on as before. */
  readonly flowsNotEnded: (failure: Failure, names: readonly string[]) => void;
  /** Something fails at boot without portfwd as well. */
  readonly bootWarning: (warning: string) => void;
  /** A foreign table was replaced; this is its copy. */
  readonly tableSaved: (saved: SavedTable) => void;
  /** The model file was replaced; a version with changes that are in no generation is in `kept`. */
  readonly fileKept: (file: string, kept: string) => void;
  /** These sysctls opened something. `watched`: they are reset if the firewall restarts. */
  readonly opened: (sysctls: readonly string[], watched: boolean) => void;
  /** The forwards that needed routing are gone, and it stays on for other programs, behind its guard. */
  readonly routingStays: (stays: readonly RoutingStay[]) => void;
  /** Nothing on record says what these sysctls were before. The guard in the kernel shows that portfwd turned them on. */
  readonly recovered: (sysctls: readonly string[]) => void;
  /** Another run of portfwd holds the lock. */
  readonly waitingFor: (holder: LockHolder | undefined) => void;
}
