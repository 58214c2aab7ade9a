import { objectOf, type Json } from './objects.ts';
import { valueText } from './value-text.ts';

/** An element of a set or of a map. */
export interface NftElement {
  /** The parts of the key, as JSON; a protocol is a word. */
  readonly parts: readonly unknown[];
  /** `tcp . 8080` */
  readonly text: string;
  readonly comment: string | undefined;
  /** `{ "packets": 3, "bytes": 180 }` */
  readonly counter: unknown;
  /** What the key is mapped to, as JSON; undefined in a set. */
  readonly data: unknown;
}

/** The elements of a named set or map, by the text of their keys. */
export function elementsOf({ type, elem, map }: Json): ReadonlyMap<string, NftElement> {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  const elements: readonly unknown[] = Array.isArray(elem) ? elem : [];
  return new Map(
    elements.map((element) => {
      const read = readElement(element, types, map !== undefined);
      return [read.text, read];
    }),
  );
}

/** With a comment or a counter, the key is wrapped: `{ "elem": { "val": 80, "comment": "web" } }`. */
function readElement(element: unknown, types: readonly unknown[], isMap: boolean): NftElement {
  const [key, data] = isMap && Array.isArray(element) ? element : [element, undefined];
  const { val, comment, counter } = objectOf(objectOf(key)['elem'] ?? { val: key });
  const concat = objectOf(val)['concat'];
  const parts = (Array.isArray(concat) ? concat : [val]).map((part: unknown, index) =>
    types[index] === 'inet_proto' ? valueText(part, 'inet_proto') : part,
  );
  return { parts, text: keyText(parts), comment: typeof comment === 'string' ? comment : undefined, counter, data };
}

const keyText = (parts: readonly unknown[]): string => parts.map((part) => valueText(part)).join(' . ');
