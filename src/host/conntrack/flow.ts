/**
 * A conntrack entry of a protocol that can be forwarded. The original tuple is what the client wrote;
 * the reply tuple is what answers: its source is where the flow was led to.
 */
export interface Flow {
  readonly family: 'ip' | 'ip6';
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly replySource: string;
  readonly replyDestination: string;
  readonly replySourcePort: number;
  readonly replyDestinationPort: number;
  /** Conntrack zones, where another program sets some: of both directions, or of one alone. */
  readonly zone?: number;
  readonly originalZone?: number;
  readonly replyZone?: number;
}

/** What the entries to be deleted have in common; a whole flow selects itself alone. */
export type FlowSelector = Pick<Flow, 'family' | 'protocol' | 'destination' | 'replySource'> & Partial<Flow>;
