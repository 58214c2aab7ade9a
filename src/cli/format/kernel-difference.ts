import { quote } from '../../finding/quote.ts';
import { deriveName } from '../../model/forward-name.ts';
import { formatListen, formatTarget, lengthOf, type Protocol } from '../../model/model.ts';
import type { LeadDifference } from '../../compare/mappings.ts';
import type { Lead } from '../../compare/read-mappings.ts';
import type { Line, Sign } from './lines.ts';
import type { ForwardChange } from '../../compare/forwards.ts';
import type { TableDifference, OwnedDifference } from '../../compare/tables.ts';
import { forwardJson } from '../../model/forward-values.ts';

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
function leadName(difference: LeadDifference): string {
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
const listenText = ({ protocol, interfaces, address, ports, family }: Lead): string =>
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

/** A change between two lists of forwards, for `--json`. */
export const changeJson = (change: ForwardChange) =>
  change.kind === 'changed'
    ? {
        kind: change.kind,
        name: change.after.name,
        before: forwardJson(change.before),
        after: forwardJson(change.after),
        fields: change.fields,
      }
    : {
        kind: change.kind,
        name: change.forward.name,
        [change.kind === 'added' ? 'after' : 'before']: forwardJson(change.forward),
      };

/** What the kernel has and should not, and the other way round. */
export const tableJson = ({ leads, objects }: TableDifference) => ({ forwards: leads.map(leadJson), objects });

const leadJson = (difference: LeadDifference) => ({
  kind: difference.kind,
  name: leadName(difference),
  listen: listenText(difference.lead),
  ...(difference.kind === 'stray'
    ? { kernel: sideOf(difference.lead) }
    : {
        meant: sideOf(difference.lead),
        ...('found' in difference ? { kernel: sideOf(difference.found) } : {}),
      }),
});

const sideOf = (lead: Parameters<typeof targetText>[0]) => ({
  target: targetText(lead),
  comment: lead.comment ?? null,
});

/** What the kernel has against what it should; with `undo`, the step that brings it there. */
export function objectLine(difference: OwnedDifference, undo: boolean): Line {
  const sign = SIGNS[difference.change];
  return { sign: undo ? OPPOSITE[sign] : sign, ...nameAndText(difference) };
}

const SIGNS: Record<OwnedDifference['change'], Sign> = { added: '+', removed: '-', changed: '~' };
const OPPOSITE: Record<Sign, Sign> = { '+': '-', '-': '+', '~': '~' };

function nameAndText(difference: OwnedDifference): Pick<Line, 'name' | 'text'> {
  switch (difference.kind) {
    case 'object': {
      const { what, name, detail } = difference;
      return { name: `${what} ${short(name)}`, text: detail === undefined ? 'the whole of it' : short(detail) };
    }
    case 'rule':
      return { name: `chain ${short(difference.chain)}`, text: `rule ${short(difference.rule)}` };
    case 'all-rules':
      return { name: `chain ${short(difference.chain)}`, text: `all of its ${difference.count} rules` };
    case 'rule-order':
      return { name: `chain ${short(difference.chain)}`, text: 'the order of its rules' };
    case 'element': {
      const { set, element, forward } = difference;
      const of = forward === undefined ? '' : `, of the forward ${forward}`;
      return { name: `set ${short(set)}`, text: `element ${short(element)}${of}` };
    }
  }
}

const LONGEST = 160;

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
