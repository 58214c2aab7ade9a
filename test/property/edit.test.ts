import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from '../../src/parse/yaml.ts';
import type { KeyChange } from '../../src/edit/set-keys.ts';
import type { Mapping, Item } from '../../src/edit/value-text.ts';
import { writeForward, mappingOf } from '../../src/edit/write-forward.ts';
import { added, removed, set } from '../support/edit.ts';
import { layoutOf, textOf, type Layout } from './random-layout.ts';
import { modelText } from './random-model.ts';
import { RUNS } from './runs.ts';

const forwards = modelText.map((text) => (JSON.parse(text) as { forwards: Item[] }).forwards);

const laidOut = forwards.chain((items) => layoutOf(items).map((layout) => ({ items, layout })));

/** What a text holds, by the parser that reads every file. */
const heldBy = (text: string): unknown => {
  const { value, findings } = parseDocument(new TextEncoder().encode(text));
  expect(findings, text).toEqual([]);
  return (value as { forwards: unknown }).forwards;
};

/** All of them, one after the other. */
function expectInOrder(text: string, parts: readonly string[]): void {
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    expect(found, `${JSON.stringify(part)} in ${JSON.stringify(text)}`).toBeGreaterThanOrEqual(at);
    at = found + part.length;
  }
}

/** Without the comma and the space around an item, which come and go with its neighbours. */
const bare = (chunk: string): string => chunk.replace(/,?( # beside)?\r?\n$/, '');

function expectSubsequence(short: string, long: string): void {
  let at = 0;
  for (const character of short) at = long.indexOf(character, at) + 1 || Number.POSITIVE_INFINITY;
  expect(at, `${JSON.stringify(short)} in ${JSON.stringify(long)}`).toBeLessThanOrEqual(long.length);
}

test(`a new forward comes last, and every character of the old text is kept (seed ${RUNS.seed})`, () => {
  fc.assert(
    fc.property(laidOut, forwards, ({ items, layout }, [more = '1:10.0.0.2']) => {
      const forward = typeof more === 'string' ? more : writeForward(more);
      const before = textOf(layout);
      const after = added(before, forward);
      expect(heldBy(after)).toEqual([...items, forward]);
      expectSubsequence(before, after);
      expectInOrder(after, [layout.head, ...layout.chunks.map(bare), layout.tail]);
    }),
    RUNS,
  );
});

test('what is removed goes with its comments, and nothing else does', () => {
  fc.assert(
    fc.property(laidOut, fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }), ({ items, layout }, picks) => {
      const gone = new Set(picks.map((pick) => pick % items.length));
      const before = textOf(layout);
      const after = removed(before, ...gone);
      const kept = layout.chunks.filter((_, index) => !gone.has(index));
      expect(heldBy(after)).toEqual(items.filter((_, index) => !gone.has(index)));
      if (kept.length > 0) expectSubsequence(after, before);
      if (layout.kind === 'block' && kept.length > 0) expect(after).toBe(without(layout, gone));
      else expectInOrder(after, [...kept.map(bare), layout.tail.trim()]);
    }),
    RUNS,
  );
});

const without = (layout: Layout, gone: ReadonlySet<number>): string =>
  textOf({ ...layout, chunks: layout.chunks.map((chunk, index) => (gone.has(index) ? '' : chunk)) });

test('what is added and removed again leaves the text as it was', () => {
  fc.assert(
    fc.property(laidOut, ({ items, layout }) => {
      const before = textOf(layout);
      expect(removed(added(before, '1:10.0.0.2'), items.length)).toBe(before);
    }),
    RUNS,
  );
});

const CHANGES: fc.Arbitrary<KeyChange> = fc.constantFrom<KeyChange>(
  ['name', 'web'],
  ['listen', 80],
  ['listen', [80, '[::]:443']],
  ['target', '10.0.0.9:1-2'],
  ['protocol', ['tcp', 'udp']],
  ['protocol', undefined],
  ['interface', 'eth*'],
  ['interface', undefined],
  ['masquerade', 'always'],
  ['mss', 'clamp'],
  ['enabled', false],
  ['enabled', undefined],
  ['loopback', undefined],
  ['from', ['192.0.2.0/24', '2001:db8::/32']],
  ['comment', 'it\'s "so": # 1'],
  ['comment', undefined],
);

const changeList = fc.uniqueArray(CHANGES, { minLength: 1, maxLength: 4, selector: ([key]) => key });

test('what is set is set in one forward, and every other one is as it was', () => {
  fc.assert(
    fc.property(laidOut, fc.nat(7), changeList, ({ items, layout }, pick, changes) => {
      const index = pick % items.length;
      const after = set(textOf(layout), index, ...changes);
      expect(heldBy(after)).toEqual(items.map((item, at) => (at === index ? changed(item, changes) : item)));
      const others = layout.chunks.map(bare).filter((_, at) => at !== index);
      expectInOrder(after, [layout.head, ...others, layout.tail]);
    }),
    RUNS,
  );
});

function changed(item: Item, changes: readonly KeyChange[]): Mapping {
  const full = typeof item === 'string' ? (mappingOf(item) ?? {}) : item;
  const values = Object.entries({ ...full, ...Object.fromEntries(changes) });
  return Object.fromEntries(values.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}
