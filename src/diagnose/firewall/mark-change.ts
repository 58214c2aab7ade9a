import { soleEntry, type Json } from '../../nft-json/objects.ts';
import { compare } from './nft-match.ts';
import type { Packet } from './packet.ts';
import { answerOf } from './rule.ts';

/** The mark of a packet, and that of its connection. Undefined: it can have any value. */
export interface Marks {
  readonly packet: number | undefined;
  readonly connection: number | undefined;
}

/** What a statement makes of the marks of a packet: several results if it is not known which. */
export type MarkChange = (packet: Packet, marks: Marks) => readonly Marks[];

/** `meta mark set …` or `ct mark set …` in libnftables-json(5). Undefined: another statement. */
export function readMarkChange(kind: string, body: Json): MarkChange | undefined {
  if (
    kind === 'xt' &&
    typeof body['name'] === 'string' &&
    /^(CONN)?MARK$/.test(body['name']) &&
    body['type'] === 'target'
  )
    return toAny;
  if (kind !== 'mangle') return undefined;
  const changed = markOf(body['key']);
  if (changed === undefined) return undefined;
  return (packet, marks) => values(body['value'], packet, marks).map((value) => ({ ...marks, [changed]: value }));
}

/** nft does not show what iptables sets. */
const toAny: MarkChange = (_, marks) => [marks, { packet: undefined, connection: undefined }];

function markOf(expression: unknown): keyof Marks | undefined {
  const { kind, body } = soleEntry(expression);
  if (body['key'] !== 'mark' || body['dir'] !== undefined) return undefined;
  return kind === 'meta' ? 'packet' : kind === 'ct' ? 'connection' : undefined;
}

type Value = number | undefined;

function values(expression: unknown, packet: Packet, marks: Marks): readonly Value[] {
  if (typeof expression === 'number') return [expression];
  const mark = markOf(expression);
  if (mark !== undefined) return [marks[mark]];
  const { kind, body } = soleEntry(expression);
  if (OPERATORS[kind] !== undefined) return combined(OPERATORS[kind], body, packet, marks);
  if (kind === 'map') return mapped(body, packet, marks);
  return kind === 'jhash' || kind === 'symhash' || kind === 'numgen' ? counted(body) : [undefined];
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '&': (left, right) => left & right,
  '|': (left, right) => left | right,
  '^': (left, right) => left ^ right,
  '<<': (left, right) => left << right,
  '>>': (left, right) => left >>> right,
};

function combined(
  operate: (left: number, right: number) => number,
  operands: Json,
  packet: Packet,
  marks: Marks,
): readonly Value[] {
  const [first = [], ...more] = Object.values(operands).map((operand) => values(operand, packet, marks));
  return more.reduce(
    (results, next) =>
      results.flatMap((left) =>
        next.map((right) => (left === undefined || right === undefined ? undefined : operate(left, right) >>> 0)),
      ),
    first,
  );
}

/** `iifname map { "eth0" : 1, "eth1" : 2 }`. The elements of a named map are not known. */
function mapped({ key, data }: Json, packet: Packet, marks: Marks): readonly Value[] {
  const elements = (data as Json | undefined)?.['set'];
  if (!Array.isArray(elements)) return [marks.packet, undefined];
  const found: Value[] = [];
  for (const [element, value] of elements as readonly (readonly [unknown, unknown])[]) {
    const answer = answerOf(compare(key, { set: [element] }), packet);
    if (answer === false) continue;
    found.push(...values(value, packet, marks));
    if (answer === true) return found;
  }
  return [...found, marks.packet];
}

/** More values than these are not listed. */
const MAX_VALUES = 64;

/** `numgen inc mod 2 offset 5` */
function counted({ mod, offset = 0 }: Json): readonly Value[] {
  if (typeof mod !== 'number' || typeof offset !== 'number' || mod > MAX_VALUES) return [undefined];
  return Array.from({ length: mod }, (_, index) => offset + index);
}
