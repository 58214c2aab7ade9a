import { valueText } from './value-text.ts';
import type { Body } from './listing.ts';

/** An element of a set or map, as the kernel's listing shows it. */
export interface ListedElement {
  /** `tcp . 8080`: the parts of the key. */
  readonly parts: readonly unknown[];
  readonly text: string;
  readonly comment: string | undefined;
  /** Of a map. */
  readonly data: unknown;
}

/** By their keys' text. */
export function elementsOf({ type, elem, map }: Body): Map<string, ListedElement> {
  const types = Array.isArray(type) ? type : [type];
  const elements = Array.isArray(elem) ? elem : [];
  return new Map(
    elements.map((element: unknown) => {
      const read = readElement(element, types, map !== undefined);
      return [read.text, read];
    }),
  );
}

function readElement(element: unknown, types: readonly unknown[], isMap: boolean): ListedElement {
  const [key, data] = isMap && Array.isArray(element) ? element : [element, undefined];
  const { val, comment } = wrapped(key) ?? { val: key, comment: undefined };
  const concat = (val as { concat?: unknown } | null)?.concat;
  const raw: readonly unknown[] = Array.isArray(concat) ? concat : [val];
  const parts = raw.map((part, index) => (types[index] === 'inet_proto' ? protocolName(part) : part));
  return { parts, text: keyText(parts), comment: typeof comment === 'string' ? comment : undefined, data };
}

const wrapped = (key: unknown): { val?: unknown; comment?: unknown } | undefined =>
  (key as { elem?: { val?: unknown; comment?: unknown } } | null)?.elem;

export const keyText = (parts: readonly unknown[]): string => parts.map(valueText).join(' . ');

/** nft -n shows numbers, up to 0.9.8 not in every place. */
const protocolName = (part: unknown): unknown => PROTOCOLS[String(part)] ?? part;

const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '132': 'sctp' };
