import type { Family, Protocol } from '../model/model.ts';

/** A conntrack entry. The reply tuple is what replies carry on the wire. */
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
  /** The number that the kernel gives to each entry. */
  readonly id?: number;
  readonly zone?: number;
  readonly originalZone?: number;
  readonly replyZone?: number;
}

/** DNAT changed its destination, by portfwd or by another program. */
export const isTranslated = (flow: Flow): boolean =>
  flow.destination !== flow.replySource || flow.destinationPort !== flow.replySourcePort;

/**
 * If a service of this host replies after the entry of its client was deleted, conntrack makes a reversed entry: the
 * reply is its first packet. The client's datagrams then count as replies, which are never translated. Only reversed
 * entries of ended flows are in the result, not other flows that the host began.
 */
export function reversedFlows<F extends Flow>(ended: readonly Flow[], flows: readonly F[]): F[] {
  const replies = new Set(ended.filter((flow) => !isTranslated(flow)).map(replyKey));
  return replies.size === 0 ? [] : flows.filter((flow) => replies.has(originalKey(flow)) && !isTranslated(flow));
}

const originalKey = ({ source, sourcePort, destination, destinationPort, ...flow }: Flow): string =>
  [flow.family, flow.protocol, source, sourcePort, destination, destinationPort].join(' ');

const replyKey = ({ replySource, replySourcePort, replyDestination, replyDestinationPort, ...flow }: Flow): string =>
  [flow.family, flow.protocol, replySource, replySourcePort, replyDestination, replyDestinationPort].join(' ');
