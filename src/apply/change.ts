import type { BootPlan } from '../boot/boot-plan.ts';
import type { EmittedJson } from '../emit/json.ts';
import type { Failure } from '../failure/failure.ts';
import type { Finding } from '../finding/finding.ts';
import type { Applied } from '../host/state/applied.ts';
import type { PendingChange } from '../host/state/pending-change.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Forward, Model } from '../model/model.ts';
import type { Locate } from '../parse/position.ts';
import type { IfOff } from './boot/boot-content.ts';
import type { BootTarget } from './boot/target.ts';
import type { Identity } from './read/identity.ts';
import type { KernelTable } from './read/kernel-table.ts';
import type { SysctlPlan } from './sysctls/plan.ts';

/** A model file to load, as it is or with an edit. */
export interface ChangeRequest {
  readonly file: string;
  /** The model, if it is in no file. */
  readonly text?: Uint8Array | undefined;
  /** As the history shows it: `add 6000 192.168.0.2:5000`. */
  readonly command: string;
  /** From the text of the file (undefined: there is no file) to its new text, or why that cannot be done. */
  readonly edit?: (current: Uint8Array | undefined) => Uint8Array | FileFindings;
  /** The edit does not begin with the current text: what was never loaded of it is kept in another file. */
  readonly replaces?: boolean;
  readonly enableForwarding?: boolean | undefined;
  /** Findings about listening sockets and the SSH session are warnings. */
  readonly force?: boolean | undefined;
  /** TCP connections of changed and removed forwards go on. */
  readonly keepConnections?: boolean | undefined;
  /** A table of our name that portfwd did not make is replaced. */
  readonly adopt?: boolean | undefined;
  /** Seconds after which the change is reverted unless it is confirmed. */
  readonly confirm?: number | undefined;
  /** Which missing forwards count as removed by mistake, if they are too many: those that the new text lacks, or that before the edit. */
  readonly removals?: 'in the file' | 'before the edit' | 'meant';
  /** Many forwards may be removed; a marker: only by this ruleset. */
  readonly allowRemovals?: boolean | string | undefined;
  /** For `plan`: the change is worked out although the present state of the host makes errors of it. */
  readonly despiteHost?: boolean;
}

/** Findings, and where in the text each of them is. */
export interface FileFindings {
  readonly findings: readonly Finding[];
  readonly locate: Locate;
}

/** The file, or what the edit would make of it, has errors. */
export interface FaultyModel extends FileFindings {
  readonly kind: 'faulty';
  readonly file: string;
  /** `edit`: the edit was refused. `edited`: positions are those of the new text. */
  readonly source: 'file' | 'edit' | 'edited';
  /** If all errors come from the present state of the host: what loading the model would do without them. */
  readonly change?: Change;
}

/** A model without errors on this host, and the bytes it was read from. */
export interface Desired {
  readonly model: Model;
  readonly facts: HostFacts;
  readonly bytes: Uint8Array;
}

/** What the kernel is brought to. */
export interface KernelStep {
  /** Undefined: the table is removed. */
  readonly ruleset: EmittedJson | undefined;
  readonly sysctls: SysctlPlan;
  /** A foreign table of our name is replaced. */
  readonly adopt?: boolean;
  /** The ruleset is loaded, or the table removed, even if sysctls cannot be set. What stays on is guarded and reported. */
  readonly regardless?: boolean;
  /** The kernel holds the ruleset already. It is not loaded again; everything else is done. */
  readonly isLoaded?: boolean;
}

/** Files and links for boot, tried in separate namespaces. */
export interface BootStep {
  readonly target: BootTarget;
  readonly plan: BootPlan;
  readonly marker: string;
  readonly ifOff: IfOff | undefined;
  readonly enableForwarding: boolean;
  /** The files and links that are not there yet, or with other contents. */
  readonly changes: readonly string[];
  /** What fails at boot without portfwd as well. */
  readonly warnings: readonly string[];
}

/** Which tracked connections end after the load: those that the forwards translate differently from before. */
export interface FlowStep {
  readonly before: Applied | undefined;
  readonly after: { readonly bytes?: Uint8Array; readonly forwards: readonly Forward[] };
  readonly addresses: HostFacts['addresses'];
  readonly keepConnections: boolean;
  /** False as soon as the forwards before are loaded again. */
  readonly isWanted?: () => boolean;
}

/** Everything that loading a model would do to this host, and everything it would be refused for. Plain data. */
export interface Change extends Desired, KernelStep {
  readonly kind: 'change';
  readonly file: string;
  readonly command: string;
  readonly user: string;
  readonly locate: Locate;
  readonly findings: readonly Finding[];
  readonly identity: Identity;
  readonly ruleset: EmittedJson;
  readonly enableForwarding: boolean;
  readonly adopt: boolean;
  /** The table of our name in the kernel. Undefined: without rights it cannot be read. */
  readonly table: KernelTable | undefined;
  /** What was loaded before. */
  readonly previous: Applied | undefined;
  /** The forwards that the kernel holds until then. Undefined: they cannot be read, or are not on record. */
  readonly loaded: readonly Forward[] | undefined;
  /** The new and the old text of the file, where the change is an edit. */
  readonly edited: PendingChange['edited'];
  /** Where the forwards are loaded at boot. */
  readonly boot: BootStep | undefined;
  readonly flows: FlowStep;
  readonly confirm: Confirm | undefined;
  /** In the order in which executing the change would meet them. */
  readonly refusals: readonly Failure[];
}

export interface Confirm {
  readonly seconds: number;
  /** The document for nft that restores what was there before. */
  readonly rollback: string;
}

/** What `down` does to this host. */
export interface Removal extends KernelStep {
  readonly ruleset: undefined;
  readonly user: string;
  readonly table: KernelTable | undefined;
  readonly flows: FlowStep;
  readonly refusals: readonly Failure[];
}

/** What `enable` does to this host, or to a directory tree. */
export interface BootInstall extends FileFindings {
  readonly kind: 'boot';
  readonly file: string;
  readonly user: string;
  readonly forwards: number;
  /** Undefined if it was refused. */
  readonly plan: BootPlan | undefined;
  readonly boot: BootStep | undefined;
  readonly refusals: readonly Failure[];
}
