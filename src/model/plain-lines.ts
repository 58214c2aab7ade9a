import type { ModelPath } from '../finding/finding.ts';
import type { Position } from './position.ts';

/**
 * Reads the plainest form of a model, one scalar to a line, without a YAML parser: that costs a quarter of
 * a second for 10 000 forwards. Undefined for everything that is not plain beyond doubt (quotes with escapes,
 * flow collections, anchors, odd numbers, keys that stand twice, …): the real parser reads that, and it alone
 * finds faults. What comes out is what it would give, which a property test holds.
 *
 *     version: 1
 *     forwards:
 *       - 6000:192.168.0.2:5000
 *       - name: web
 *         listen: "*:8080"
 */
export function readPlainLines(text: string): unknown {
  if (!/^[\n\x20-\x7e]*$/.test(text)) return undefined;
  const top = Object.create(null) as Mapping;
  const items: unknown[] = [];
  let state: { readonly indent: number; readonly item?: Mapping } | undefined;
  for (const line of text.split('\n')) {
    if (/^ *(?:#.*)?$/.test(line)) continue;
    const match = LINE.exec(line);
    if (match === null) return undefined;
    const [, space = '', dash = '', rest = ''] = match;
    const indent = space.length;
    if (dash !== '') {
      if (top['forwards'] !== items || (state !== undefined && state.indent !== indent)) return undefined;
      const item = itemOf(rest);
      if (item === undefined) return undefined;
      items.push(item);
      state = { indent, ...(typeof item === 'object' ? { item: item as Mapping } : {}) };
    } else if (state?.item !== undefined && indent === state.indent + 2) {
      if (!addPair(state.item, rest)) return undefined;
    } else {
      if (indent !== 0 || state !== undefined) return undefined;
      if (rest === 'forwards:' && top['forwards'] === undefined) top['forwards'] = items;
      else if (top['forwards'] !== undefined || !addPair(top, rest)) return undefined;
    }
  }
  return items.length === 0 ? undefined : top;
}

type Mapping = Record<string, unknown>;

const LINE = /^( *)(- )?([^ ].*)$/;
const PAIR = /^([a-z]+): ([^ ]+)$/;
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/;
const QUOTED = /^"[^"\\]*"$/;

/** What the core schema could take for a number or a word of its own, other than what is handled here. */
const DOUBTFUL = /^(?:0[ox].*|\d+\.?\d*(?:e[-+]?\d+)?|true|false|null|.*:)$/i;

/** Undefined: not plain. A mapping begins with its first pair. */
function itemOf(text: string): unknown {
  if (!PAIR.test(text)) return scalarOf(text);
  const item = Object.create(null) as Mapping;
  return addPair(item, text) ? item : undefined;
}

function addPair(mapping: Mapping, text: string): boolean {
  const match = PAIR.exec(text);
  const key = match?.[1] ?? 'constructor';
  const value = scalarOf(match?.[2] ?? '');
  if (value === undefined || key === 'constructor' || key === 'prototype' || key in mapping) return false;
  mapping[key] = value;
  return true;
}

function scalarOf(text: string): string | number | boolean | undefined {
  if (QUOTED.test(text)) return text.slice(1, -1);
  if (!PLAIN.test(text)) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return DOUBTFUL.test(text) ? undefined : text;
}

/** Where a path stands in a text that `readPlainLines` reads; as everywhere, a missing key stands where its mapping does. */
export function locatePlainLines(text: string, path: ModelPath, atKey: boolean): Position {
  const [first, index, key] = path;
  let item = -1;
  let place: Position | undefined;
  for (const [number, line] of text.split('\n').entries()) {
    const match = /^ *(?:#.*)?$/.test(line) ? null : LINE.exec(line);
    if (match === null) continue;
    const [, space = '', dash = '', rest = ''] = match;
    const at = { line: number + 1, column: space.length + dash.length + 1 };
    place ??= at;
    if (dash !== '') item += 1;
    if (item === -1) {
      if (first !== undefined && rest.startsWith(`${first}:`)) place = atKey ? at : valuePlace(at, rest);
      continue;
    }
    if (first !== 'forwards') break;
    if (typeof index !== 'number') return atKey ? place : { line: at.line, column: space.length + 1 };
    if (item > index) break;
    if (item < index) continue;
    if (dash !== '') place = at;
    if (key !== undefined && rest.startsWith(`${key}: `)) return atKey ? at : valuePlace(at, rest);
  }
  return place ?? { line: 1, column: 1 };
}

const valuePlace = ({ line, column }: Position, pair: string): Position => ({
  line,
  column: column + pair.indexOf(':') + 2,
});
