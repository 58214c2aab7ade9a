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
    if (saysNothing(line)) continue;
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

export const saysNothing = (line: string): boolean => /^ *(?:#.*)?$/.test(line);

type Mapping = Record<string, unknown>;

/** Indentation, dash and the rest. */
export const LINE = /^( *)(- )?([^ ].*)$/;
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
