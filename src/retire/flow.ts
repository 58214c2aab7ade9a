import type { Family, Protocol } from '../model/model.ts';

/** A conntrack entry, as the host room reads it; the reply tuple is what answers the original one. */
export interface Flow {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly replySource: string;
  readonly replyDestination: string;
  readonly replySourcePort: number;
  readonly replyDestinationPort: number;
  readonly zone?: number;
  readonly originalZone?: number;
  readonly replyZone?: number;
}

/** It was led somewhere else than where the client wrote: DNAT by us or by another program. */
export const isTranslated = (flow: Flow): boolean =>
  flow.destination !== flow.replySource || flow.destinationPort !== flow.replySourcePort;
