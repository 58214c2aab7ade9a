import { quote } from '../../finding/quote.ts';
import { deriveName } from '../../model/forward-name.ts';
import { formatListen, formatTarget, lengthOf, type Listen, type Protocol } from '../../model/model.ts';
import type { MappingDifference } from '../../compare/mappings.ts';
import type { Mapping } from '../../compare/read-mappings.ts';
import type { Line, Sign } from './lines.ts';
import type { ForwardChange } from '../../compare/forwards.ts';
import type { OtherDifference, TableDifference } from '../../compare/tables.ts';
import { forwardJson } from '../../model/forward-values.ts';

/** The kernel against the file: `~ web  tcp 8080: in the kernel it forwards to 10.0.0.9:80, …`. */
export function driftLine(difference: MappingDifference, byHand: boolean): Line {
  const { kind, mapping } = difference;
  const name = nameOf(difference);
  if (kind === 'missing') return { sign: '-', name, text: `${listenText(mapping)}: missing in the kernel` };
  if (kind === 'unexpected') {
    const whose = byHand ? ' (added by hand)' : '';
    return { sign: '+', name, text: `${mappingText(mapping)}: in the kernel, not in the file${whose}` };
  }
  const { found } = difference;
  const text =
    kind === 'comment'
      ? `its comment in the kernel is ${commentText(found)}, it should be ${commentText(mapping)}`
      : `in the kernel it forwards to ${targetText(found)}, it should forward to ${targetText(mapping)}`;
  return { sign: '~', name, text: `${listenText(mapping)}: ${text}` };
}

/** The same as the change that apply makes: `~ web  tcp 8080 -> 10.0.0.9:80 => tcp 8080 -> 10.0.0.2:80`. */
export function undoLine(difference: MappingDifference): Line {
  const { kind, mapping } = difference;
  const name = nameOf(difference);
  if (kind === 'missing') return { sign: '+', name, text: mappingText(mapping) };
  if (kind === 'unexpected') return { sign: '-', name, text: mappingText(mapping) };
  const { found } = difference;
  const text =
    kind === 'comment'
      ? `${mappingText(mapping)}, comment ${commentText(found)} => ${commentText(mapping)}`
      : `${mappingText(found)} => ${mappingText(mapping)}`;
  return { sign: '~', name, text };
}

/** Of a mapping that only the kernel has: its comment, or the name that portfwd would derive. */
function nameOf(difference: MappingDifference): string {
  if (difference.kind !== 'unexpected') return difference.forward;
  const { comment, family, protocol, interfaces } = difference.mapping;
  if (comment !== undefined) return comment.slice(0, 63);
  return deriveName({
    family,
    protocols: [protocol as Protocol],
    interfaces,
    listens: [listenOf(difference.mapping)],
  });
}

const mappingText = (mapping: Mapping): string => `${listenText(mapping)} -> ${targetText(mapping)}`;

/** `tcp 203.0.113.1:53 on eth0` */
const listenText = (mapping: Mapping): string =>
  [
    mapping.protocol,
    formatListen(listenOf(mapping), mapping.family),
    ...(mapping.interfaces.length === 0 ? [] : ['on', mapping.interfaces.join(',')]),
  ].join(' ');

const listenOf = ({ address, listenInterface, ports }: Mapping): Listen => ({
  address,
  interface: listenInterface,
  ports,
  path: [],
});

function targetText({ target: { address, port }, ports }: Mapping): string {
  if (address === undefined) return 'nowhere (it has no target address)';
  if (port === undefined) return `nowhere (it has no target port at ${address})`;
  if (port === 'kept' || port === ports.first) return formatTarget({ address, path: [] });
  return formatTarget({ address, ports: { first: port, last: port + lengthOf(ports) - 1 }, path: [] });
}

const commentText = ({ comment }: Mapping): string => (comment === undefined ? 'none' : quote(comment));

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

/** What only the kernel has, and what it lacks. */
export const tableJson = ({ mappings, objects }: TableDifference) => ({ forwards: mappings.map(mappingJson), objects });

/** The words of `--json` are a contract; those of the code have changed. */
const JSON_KINDS: Record<MappingDifference['kind'], string> = {
  missing: 'missing',
  'wrong-target': 'misled',
  comment: 'comment',
  unexpected: 'stray',
};

const mappingJson = (difference: MappingDifference) => ({
  kind: JSON_KINDS[difference.kind],
  name: nameOf(difference),
  listen: listenText(difference.mapping),
  ...(difference.kind === 'unexpected'
    ? { kernel: sideOf(difference.mapping) }
    : {
        meant: sideOf(difference.mapping),
        ...('found' in difference ? { kernel: sideOf(difference.found) } : {}),
      }),
});

const sideOf = (mapping: Mapping) => ({
  target: targetText(mapping),
  comment: mapping.comment ?? null,
});

/** The kernel against the file; with `undo`, the change that apply makes. */
export function objectLine(difference: OtherDifference, undo: boolean): Line {
  const sign = SIGNS[difference.change];
  return { sign: undo ? OPPOSITE[sign] : sign, ...nameAndText(difference) };
}

const SIGNS: Record<OtherDifference['change'], Sign> = { added: '+', removed: '-', changed: '~' };
const OPPOSITE: Record<Sign, Sign> = { '+': '-', '-': '+', '~': '~' };

function nameAndText(difference: OtherDifference): Pick<Line, 'name' | 'text'> {
  switch (difference.kind) {
    case 'object': {
      const { what, name, detail } = difference;
      return { name: `${what} ${short(name)}`, text: detail === undefined ? 'all of it' : short(detail) };
    }
    case 'rule':
      return { name: `chain ${short(difference.chain)}`, text: `rule ${short(difference.rule)}` };
    case 'all-rules':
      return { name: `chain ${short(difference.chain)}`, text: `all of its ${difference.count} rules` };
    case 'rule-order':
      return { name: `chain ${short(difference.chain)}`, text: 'the order of its rules' };
    case 'element': {
      const { set, element, forward } = difference;
      const of = forward === undefined ? '' : `, of forward ${forward}`;
      return { name: `set ${short(set)}`, text: `element ${short(element)}${of}` };
    }
  }
}

const LONGEST = 160;

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
