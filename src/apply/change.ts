import type { EmittedJson } from '../emit/json.ts';
import type { PendingChange } from '../host/state/pending-change.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import type { LoadedModel } from './read-model.ts';
import type { StateOptions } from './context.ts';

export interface ChangeOptions extends StateOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly enableForwarding?: boolean;
  /** Counts only for now, with `confirm`: whoever locks themselves out gets back in. */
  readonly force?: boolean;
  readonly keepConnections?: boolean;
  /** Replace a table of our name that portfwd did not make. */
  readonly adopt?: boolean;
  /** Seconds. */
  readonly confirm?: number;
}

/** A model without errors, the ruleset that it becomes, and what the history is to say of it. */
export type Change = LoadedModel<HostFacts> & {
  readonly model: Model;
  readonly command: string;
  readonly emitted: EmittedJson;
  /** The file's new text and its old one, where the change is one of the file. */
  readonly edited: PendingChange['edited'];
};

/** What is meant: a model that was checked, and the bytes it was read from. */
export interface Meant {
  readonly model: Model;
  readonly facts: HostFacts;
  readonly bytes: Uint8Array;
}
