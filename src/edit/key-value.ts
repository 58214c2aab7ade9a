import { rowOf, type ForwardKey } from '../model/forward-keys.ts';
import { protocolsMeantBy } from '../parse/spelling/protocols.ts';
import { isClear } from '../parse/spelling/respell.ts';
import type { Value } from './value-text.ts';

/**
 * Turns what was typed for a key into the value for the file: a list is split at commas, a port becomes a number. Wrong
 * values stay text; the parser reports them.
 */
export function keyValue(key: ForwardKey, text: string): Value {
  const { kind, numbers } = rowOf(key);
  if (kind === 'boolean') return text === 'true' || text === 'false' ? text === 'true' : text;
  if (kind !== 'list') return text;
  const protocols = key === 'protocol' ? protocolsMeantBy(text) : undefined;
  if (protocols !== undefined) return protocols.length === 1 ? (protocols[0] ?? '') : protocols;
  const texts = text.split(',').map((item) => item.trim());
  if (key === 'listen' && !isClear(texts)) return text;
  const items = texts.map((item) => (numbers === true && PORT.test(item) ? Number(item) : item));
  return items.length === 1 ? (items[0] ?? '') : items;
}

const PORT = /^[1-9]\d{0,4}$/;
