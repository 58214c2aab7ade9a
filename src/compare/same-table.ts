import { objectOf, soleEntry, type Json, type NftObject } from '../nft-json/objects.ts';
import { valueText } from '../nft-json/value-text.ts';
import { compareObjects } from './objects.ts';
import { compareRules } from './rules.ts';

/** A document for nft in two parts. */
export interface Declared {
  /** The same document, with sets and maps that are empty. */
  readonly declarations: string;
  /** Sets and maps with their elements, by name. */
  readonly filled: ReadonlyMap<string, Json>;
}

export function declaredIn(document: string): Declared {
  const filled = new Map<string, Json>();
  const commands = (objectOf(JSON.parse(document))['nftables'] as readonly Json[]).map((command) => {
    const { kind, body } = soleEntry(command['add']);
    if (kind !== 'set' && kind !== 'map') return command;
    filled.set(valueText(body['name']), body);
    return { add: { [kind]: withoutElements(body) } };
  });
  return { declarations: `${JSON.stringify({ nftables: commands })}\n`, filled };
}

function withoutElements(body: Json): Json {
  const { elem: _, ...others } = body;
  return others;
}

/**
 * Whether a listing is that of a document; `empty` is the listing of its declarations. False does not mean that they
 * differ: nft may list an element in another way than the document has it. This takes a fraction of the time of
 * `compareTables`, for which nft loads and lists all elements once more.
 */
export function isSameTable(kernel: readonly NftObject[], empty: readonly NftObject[], { filled }: Declared): boolean {
  const bare = kernel.map(({ kind, body }) => ({ kind, body: withoutElements(body) }));
  if (compareObjects(bare, empty).length + compareRules(bare, empty).length > 0) return false;
  return kernel.every(({ kind, body }) => {
    if (kind !== 'set' && kind !== 'map') return true;
    return hasSameElements(body, filled.get(valueText(body['name'])));
  });
}

function hasSameElements(body: Json, wanted: Json | undefined): boolean {
  const [found, expected] = [elementTexts(body), elementTexts(wanted ?? {})];
  const all = new Set(expected);
  return found.length === expected.length && found.every((text) => all.delete(text));
}

function elementTexts({ elem, type }: Json): string[] {
  const protocolAt = Array.isArray(type) ? type.indexOf('inet_proto') : -1;
  return Array.isArray(elem) ? elem.map((element: unknown) => elementText(element, protocolAt)) : [];
}

/** An element of a map is a pair of key and data. */
function elementText(element: unknown, protocolAt: number): string {
  if (!Array.isArray(element)) return JSON.stringify(withWord(element, protocolAt));
  return JSON.stringify([withWord(element[0], protocolAt), ...element.slice(1)]);
}

/** `nft -n` lists protocols as numbers, and the document has words. With a comment, the key is wrapped. */
function withWord(key: unknown, protocolAt: number): unknown {
  const { concat, elem } = objectOf(key);
  if (elem !== undefined) return { elem: { ...objectOf(elem), val: withWord(objectOf(elem)['val'], protocolAt) } };
  if (!Array.isArray(concat) || typeof concat[protocolAt] !== 'number') return key;
  const parts: unknown[] = [...concat];
  parts[protocolAt] = valueText(parts[protocolAt], 'inet_proto');
  return { concat: parts };
}
