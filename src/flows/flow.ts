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
  /** Of TCP and SCTP, as conntrack prints it: `TIME_WAIT`. An offloaded flow has none. */
  readonly state?: string;
  /** No packet of the other side was seen. */
  readonly unreplied?: true;
  /** The number that the kernel gives to each entry. */
  readonly id?: number;
  readonly zone?: number;
  readonly originalZone?: number;
  readonly replyZone?: number;
  /** Only if the sysctl net.netfilter.nf_conntrack_acct was on when the flow began. */
  readonly bytes?: { readonly sent: number; readonly replies: number };
}

/** DNAT changed its destination, by portfwd or by another program. */
export const isTranslated = (flow: Flow): boolean =>
  flow.destination !== flow.replySource || flow.destinationPort !== flow.replySourcePort;

/** The kernel keeps connections for minutes after their end. A UDP flow is open until the kernel forgets it. */
export const isOpen = ({ state = '' }: Flow): boolean => !NOT_OPEN.has(state);

const NOT_OPEN: ReadonlySet<string> = new Set(
  // TCP, then SCTP.
  'SYN_SENT SYN_SENT2 LAST_ACK TIME_WAIT CLOSE CLOSED COOKIE_WAIT COOKIE_ECHOED SHUTDOWN_ACK_SENT'.split(' '),
);

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
