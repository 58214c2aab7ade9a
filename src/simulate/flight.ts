import type { BaseChain } from '../ruleset/ruleset.ts';
import type { Packet, Route } from './packet.ts';

export type Hook = BaseChain['hook'];

/** A packet on its way: its fields are what they are now, `original` is what its connection began as. */
export interface Flight extends Packet {
  readonly hook: Hook;
  readonly original: Packet;
  readonly route: Route;
  /** Connection tracking has seen it. */
  readonly tracked?: boolean;
  readonly translated: boolean;
  readonly masqueraded: boolean;
}
