import { isTranslated, type Flow } from './flow.ts';

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
