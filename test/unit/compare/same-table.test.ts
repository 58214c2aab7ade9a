import { expect, test } from 'vitest';
import { declaredIn, isSameTable } from '../../../src/compare/same-table.ts';
import { compareTables } from '../../../src/compare/tables.ts';
import { emitJson, MARKER_PREFIX } from '../../../src/emit/json.ts';
import { lower } from '../../../src/lower/lower.ts';
import { soleEntry, type Json, type NftObject } from '../../../src/nft-json/objects.ts';
import { fileOf, modelOf } from '../../support/model.ts';

const MODEL = modelOf(
  fileOf(
    '"8000:10.0.0.2:9000"',
    '"8001:10.0.0.3:9001"',
    '{name: dns, protocol: [tcp, udp], listen: "192.0.2.1:53", target: 10.0.0.4, from: [198.51.100.0/24, 203.0.113.7]}',
    '{name: games, listen: 9000-9100, target: 10.0.0.3}',
    '"[::]:443:[2001:db8::10]:8443"',
  ),
);
const RULESET = lower(MODEL);
const DOCUMENT = emitJson(RULESET).text;

/** The objects that a document adds, as a listing of nft has them. */
const added = (document: string): readonly NftObject[] =>
  (JSON.parse(document) as { nftables: readonly { add?: Json }[] }).nftables
    .flatMap(({ add }) => (add === undefined ? [] : [soleEntry(add)]))
    .filter(({ kind, body }) => kind !== 'chain' || !String(body['name']).startsWith(MARKER_PREFIX));

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17 };

/** As `nft -n` lists it: with numbers for protocols in elements, in another order, and with handles. */
const listed = added(DOCUMENT).map(({ kind, body }, index) => {
  const { elem } = body;
  if (!Array.isArray(elem)) return { kind, body: { ...body, handle: index } };
  const numbers = JSON.stringify(elem).replaceAll(/"(tcp|udp)"/g, (_, word: string) => `${PROTOCOLS[word]}`);
  return { kind, body: { ...body, handle: index, elem: (JSON.parse(numbers) as unknown[]).reverse() } };
});

type Change = (body: Json, kind: string) => Json | undefined;

const changed = (change: Change): readonly NftObject[] =>
  listed.flatMap(({ kind, body }) => {
    const other = change(body, kind);
    return other === undefined ? [] : [{ kind, body: other }];
  });

function isSame(kernel: readonly NftObject[]): boolean {
  const declared = declaredIn(DOCUMENT);
  return isSameTable(kernel, added(declared.declarations), declared);
}

test('the declarations have no elements', () => {
  expect(declaredIn(DOCUMENT).declarations).not.toContain('"elem"');
});

test('the listing of a document is the same', () => {
  expect(isSame(listed)).toBe(true);
});

const elementsOf =
  (name: string, change: (elements: readonly unknown[]) => readonly unknown[]): Change =>
  (body) =>
    body['name'] === name ? { ...body, elem: change(body['elem'] as readonly unknown[]) } : body;

const pairs = (elements: readonly unknown[]) => elements as readonly (readonly [key: unknown, data: unknown])[];

test.each<[string, Change]>([
  ['an element that is missing', elementsOf('pf_addr4', (elements) => elements.slice(1))],
  ['no elements at all', (body) => (body['name'] === 'pf_port4' ? { ...body, elem: undefined } : body)],
  ['an element too many', elementsOf('pf_addr4', (elements) => [...elements, [{ concat: [6, 1] }, '10.0.0.2']])],
  ['an element twice in the place of another', elementsOf('pf_addr4', ([first, , ...rest]) => [first, first, ...rest])],
  ['another address', elementsOf('pf_addr4', (elements) => pairs(elements).map(([key]) => [key, '10.0.0.9']))],
  [
    'two targets that are exchanged',
    elementsOf('pf_port4', (elements) => {
      const [[one, first], [other, second], ...rest] = pairs(elements) as [[unknown, unknown], [unknown, unknown]];
      return [[one, second], [other, first], ...rest];
    }),
  ],
  [
    'another protocol',
    elementsOf('pf_addr4', ([first, ...rest]) => [JSON.parse(JSON.stringify(first).replace('[6,', '[132,')), ...rest]),
  ],
  ['another client', elementsOf('pf_listen_from4', (elements) => elements.slice(1))],
  ['a range that is longer', elementsOf('pf_range_tcp4', () => [[{ range: [9000, 9101] }, '10.0.0.3']])],
  [
    'another listen',
    elementsOf('pf_listen_restricted4', (elements) => [{ concat: ['192.0.2.1', 6, 54] }, ...elements.slice(1)]),
  ],
  [
    'another comment',
    elementsOf(
      'pf_range_tcp4',
      (elements) => JSON.parse(JSON.stringify(elements).replace('games', 'web')) as unknown[],
    ),
  ],
  ['a map that is missing', (body) => (body['name'] === 'pf_port6' ? undefined : body)],
  ['a map with a flag', (body) => (body['name'] === 'pf_port6' ? { ...body, flags: ['dynamic'] } : body)],
  ['a chain with another priority', (body, kind) => (kind === 'chain' && 'prio' in body ? { ...body, prio: 7 } : body)],
  ['no rules', (body, kind) => (kind === 'rule' ? undefined : body)],
  ['other rules', (body, kind) => (kind === 'rule' ? { ...body, expr: [{ accept: null }] } : body)],
])('%s is a difference, as in the full comparison', (_, change) => {
  const kernel = changed(change);
  expect(kernel).not.toEqual(listed);
  expect(isSame(kernel)).toBe(false);
  const { mappings, objects } = compareTables(kernel, added(DOCUMENT), RULESET, MODEL.forwards);
  expect(mappings.length + objects.length).toBeGreaterThan(0);
});

test('what only the kernel has is a difference', () => {
  const map = { kind: 'map', body: { name: 'mine', type: 'inet_service', map: 'ipv4_addr' } };
  expect(isSame([...listed, map])).toBe(false);
});
