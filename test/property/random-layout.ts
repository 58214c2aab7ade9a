import * as fc from 'fast-check';

/** A model file in pieces: each chunk is one forward with all that belongs to it. */
export interface Layout {
  readonly kind: 'block' | 'flow' | 'flow lines' | 'json' | 'json lines';
  readonly head: string;
  readonly chunks: readonly string[];
  /** Behind each chunk, and no part of it. */
  readonly gaps: readonly string[];
  readonly tail: string;
}

export const textOf = ({ head, chunks, gaps, tail }: Layout): string =>
  `${head}${chunks.map((chunk, index) => `${chunk}${gaps[index] ?? ''}`).join('')}${tail}`;

interface Taste {
  readonly kind: Layout['kind'];
  readonly indent: number;
  readonly crlf: boolean;
  readonly ends: boolean;
  readonly marked: boolean;
  readonly before: boolean;
  /** For each item, as far as they reach. */
  readonly items: readonly ItemTaste[];
}

interface ItemTaste {
  readonly form: 'block' | 'flow' | 'dash alone';
  readonly above: number;
  readonly beside: boolean;
  readonly below: boolean;
  readonly gap: string;
  readonly rotate: number;
}

const GAPS = ['', '', '\n', '# apart\n\n', '\n# apart\n\n'];

const itemTaste: fc.Arbitrary<ItemTaste> = fc.record({
  form: fc.constantFrom('block', 'block', 'flow', 'dash alone'),
  above: fc.constantFrom(0, 0, 1, 2),
  beside: fc.boolean(),
  below: fc.boolean(),
  gap: fc.constantFrom(...GAPS),
  rotate: fc.nat(3),
});

const taste: fc.Arbitrary<Taste> = fc.record({
  kind: fc.constantFrom('block', 'block', 'block', 'flow', 'flow lines', 'json', 'json lines'),
  indent: fc.constantFrom(0, 2, 4),
  crlf: fc.boolean(),
  ends: fc.boolean(),
  marked: fc.boolean(),
  before: fc.boolean(),
  items: fc.array(itemTaste, { minLength: 8, maxLength: 8 }),
});

/** These forwards, laid out in every way that people and programs do it. */
export const layoutOf = (items: readonly unknown[]): fc.Arbitrary<Layout> =>
  taste.map((how) => {
    const layout = { block, flow, 'flow lines': flowLines, json, 'json lines': jsonLines }[how.kind](items, how);
    const broken = (text: string): string => (how.crlf ? text.replaceAll('\n', '\r\n') : text);
    const tail = how.ends || layout.tail === '' ? layout.tail : layout.tail.replace(/\n+$/, '');
    return {
      kind: how.kind,
      head: broken(`${how.marked ? '\ufeff' : ''}${layout.head}`),
      chunks: layout.chunks.map(broken),
      gaps: layout.gaps.map(broken),
      tail: broken(tail),
    };
  });

type Pieces = Omit<Layout, 'kind'>;

const NONE: ItemTaste = { form: 'block', above: 0, beside: false, below: false, gap: '', rotate: 0 };

function block(items: readonly unknown[], { indent, before, items: tastes, ends }: Taste): Pieces {
  const space = ' '.repeat(indent);
  const head = `${before ? '# the head\nversion: 1 # one\n\n' : ''}forwards: # a list\n`;
  const chunks = items.map((item, index) => blockItem(item, space, tastes[index] ?? NONE));
  const gaps = items.map((_, index) => (tastes[index] ?? NONE).gap);
  return { head, chunks, gaps, tail: before ? `\n# the tail\n` : `version: 1${ends ? '\n' : ''}` };
}

function blockItem(item: unknown, space: string, { form, above, beside, below, rotate }: ItemTaste): string {
  const comments = `${space}# above\n`.repeat(above);
  const end = `${beside ? ' # beside' : ''}\n`;
  if (typeof item === 'string') {
    const text = /^\d/.test(item) && rotate > 1 ? item : JSON.stringify(item);
    return `${comments}${space}-${form === 'dash alone' ? `\n${space}    ` : ' '}${text}${end}`;
  }
  if (form === 'flow') return `${comments}${space}- ${JSON.stringify(item)}${end}`;
  const pairs = Object.entries(item as object).map(([key, value]) => pairLines(key, value, `${space}  `, rotate, end));
  const first = form === 'dash alone' ? `${space}-\n${space}  ` : `${space}- `;
  const mapping = pairs.join(`${space}  `);
  return `${comments}${first}${mapping}${below ? `${space}  # below\n` : ''}`;
}

/** A value beside its key or below it, a list over lines or in brackets. */
function pairLines(key: string, value: unknown, space: string, rotate: number, end: string): string {
  if (Array.isArray(value) && rotate % 2 === 1)
    return `${key}:${end}${value.map((one) => `${space}- ${JSON.stringify(one)}\n`).join('')}`;
  if (key === 'target' && rotate === 2) return `${key}:\n${space}    ${JSON.stringify(value)}${end}`;
  return `${rotate === 3 ? JSON.stringify(key) : key}: ${JSON.stringify(value)}${end}`;
}

const flow = (items: readonly unknown[], { before }: Taste): Pieces => ({
  head: `${before ? '# the head\n' : ''}version: 1\nforwards: [ `,
  chunks: items.map((item) => JSON.stringify(item)),
  gaps: items.map((_, index) => (index < items.length - 1 ? ', ' : '')),
  tail: ' ] # the end\n',
});

const flowLines = (items: readonly unknown[], { before, items: tastes }: Taste): Pieces => ({
  head: 'version: 1\nforwards: [ # a list\n',
  chunks: items.map((item, index) => {
    const { above, beside } = tastes[index] ?? NONE;
    const comma = before || index < items.length - 1 ? ',' : '';
    return `${'  # above\n'.repeat(above)}  ${JSON.stringify(item)}${comma}${beside ? ' # beside' : ''}\n`;
  }),
  gaps: [],
  tail: ']\n# the tail\n',
});

const json = (items: readonly unknown[]): Pieces => ({
  head: '{"version":1,"forwards":[',
  chunks: items.map((item) => JSON.stringify(item)),
  gaps: items.map((_, index) => (index < items.length - 1 ? ',' : '')),
  tail: ']}\n',
});

const jsonLines = (items: readonly unknown[]): Pieces => ({
  head: '{\n  "version": 1,\n  "forwards": [\n',
  chunks: items.map((item, index) => {
    const text = JSON.stringify(item, undefined, 2).replaceAll('\n', '\n    ');
    return `    ${text}${index < items.length - 1 ? ',' : ''}\n`;
  }),
  gaps: [],
  tail: '  ]\n}\n',
});
