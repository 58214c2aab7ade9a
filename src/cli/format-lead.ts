import { quote } from '../finding/quote.ts';
import { deriveName } from '../model/forward-name.ts';
import { formatListen, formatTarget, lengthOf, type Protocol } from '../model/model.ts';
import type { LeadDifference } from '../plan/compare-leads.ts';
import type { Lead } from '../plan/leads.ts';
import type { Line } from './format-lines.ts';

/** What the kernel has against what it should: `~ web  tcp 8080: in the kernel it leads to 10.0.0.9:80, …`. */
export function driftLine(difference: LeadDifference, byHand: boolean): Line {
  const { kind, lead } = difference;
  const name = leadName(difference);
  if (kind === 'missing') return { sign: '-', name, text: `${listenText(lead)}: missing in the kernel` };
  if (kind === 'stray') {
    const whose = byHand ? ' (added by hand)' : '';
    return { sign: '+', name, text: `${wayText(lead)}: in the kernel, not in the file${whose}` };
  }
  const { found } = difference;
  const text =
    kind === 'comment'
      ? `its comment in the kernel is ${commentText(found)}, it should be ${commentText(lead)}`
      : `in the kernel it leads to ${targetText(found)}, it should lead to ${targetText(lead)}`;
  return { sign: '~', name, text: `${listenText(lead)}: ${text}` };
}

/** The same as a step from what the kernel has: `~ web  tcp 8080 -> 10.0.0.9:80 => tcp 8080 -> 10.0.0.2:80`. */
export function undoLine(difference: LeadDifference): Line {
  const { kind, lead } = difference;
  const name = leadName(difference);
  if (kind === 'missing') return { sign: '+', name, text: wayText(lead) };
  if (kind === 'stray') return { sign: '-', name, text: wayText(lead) };
  const { found } = difference;
  const text =
    kind === 'comment'
      ? `${wayText(lead)}, comment ${commentText(found)} => ${commentText(lead)}`
      : `${wayText(found)} => ${wayText(lead)}`;
  return { sign: '~', name, text };
}

/** The forward's; of what only the kernel has, its comment or the name it would have without one. */
export function leadName(difference: LeadDifference): string {
  if (difference.kind !== 'stray') return difference.forward;
  const { comment, family, protocol, interfaces, address, ports } = difference.lead;
  if (comment !== undefined) return comment.slice(0, 63);
  return deriveName({
    family,
    protocols: [protocol as Protocol],
    interfaces,
    listens: [{ address, ports, path: [] }],
  });
}

const wayText = (lead: Lead): string => `${listenText(lead)} -> ${targetText(lead)}`;

/** `tcp 203.0.113.1:53 on eth0` */
export const listenText = ({ protocol, interfaces, address, ports, family }: Lead): string =>
  [
    protocol,
    formatListen({ address, ports, path: [] }, family),
    ...(interfaces.length === 0 ? [] : ['on', interfaces.join(',')]),
  ].join(' ');

export function targetText({ target: { address, port }, ports }: Lead): string {
  if (address === undefined) return 'nowhere, for want of an address';
  if (port === undefined) return `nowhere, for want of a port of ${address}`;
  if (port === 'kept' || port === ports.first) return formatTarget({ address, path: [] });
  return formatTarget({ address, ports: { first: port, last: port + lengthOf(ports) - 1 }, path: [] });
}

const commentText = ({ comment }: Lead): string => (comment === undefined ? 'none' : quote(comment));
