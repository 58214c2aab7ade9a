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

/**
 * A service of this host that answers after the entry of its client's flow is gone begins a new one, the other
 * way round; then the client's datagrams are answers in their turn, and answers are never translated.
 * Only the counterparts of ended flows: what the host begins by itself is not ours.
 */
export function answersTo<F extends Flow>(ended: readonly Flow[], flows: readonly F[]): F[] {
  const awaited = new Set(ended.filter((flow) => !isTranslated(flow)).map(replyKey));
  return awaited.size === 0 ? [] : flows.filter((flow) => awaited.has(originalKey(flow)) && !isTranslated(flow));
}

const originalKey = ({ source, sourcePort, destination, destinationPort, ...flow }: Flow): string =>
  [flow.family, flow.protocol, source, sourcePort, destination, destinationPort].join(' ');

const replyKey = ({ replySource, replySourcePort, replyDestination, replyDestinationPort, ...flow }: Flow): string =>
  [flow.family, flow.protocol, replySource, replySourcePort, replyDestination, replyDestinationPort].join(' ');
