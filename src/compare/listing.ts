/** An object as `nft -j -n list table` shows it: one key that tells its kind. */
export type Listed = Readonly<Record<string, unknown>>;

export type Body = Readonly<Record<string, unknown>>;

/** What a listing holds under one kind; hand-made tables hold kinds that portfwd never makes. */
export interface ListedObject {
  readonly kind: string;
  readonly body: Body;
}

export const objectsOf = (listing: readonly Listed[]): ListedObject[] =>
  listing.flatMap((object) =>
    Object.entries(object)
      .filter(([kind]) => kind !== 'metainfo')
      .map(([kind, body]) => ({ kind, body: (body ?? {}) as Body })),
  );

/** Without what differs between two loads of one ruleset: handles, what was counted, the order of elements. */
export const spelling = (value: unknown): string => JSON.stringify(value, withoutTraces) ?? '';

function withoutTraces(key: string, value: unknown): unknown {
  if (key === 'handle') return undefined;
  // A named counter is a string; one of the rule's own has what it counted.
  if (key === 'counter' && typeof value === 'object') return null;
  if (key === 'elem' && Array.isArray(value)) return value.map((element) => spelling(element)).sort();
  return value;
}

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

interface Spelled {
  readonly prefix?: { readonly addr?: unknown; readonly len?: unknown };
  readonly range?: readonly unknown[];
  readonly set?: readonly unknown[];
  readonly concat?: readonly unknown[];
}

/** A value of libnftables-json as nft's own syntax has it; what is not known stays JSON. */
export function valueText(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return `${value}`;
  const { prefix, range, set, concat } = (value ?? {}) as Spelled;
  if (prefix !== undefined) return `${valueText(prefix.addr)}/${valueText(prefix.len)}`;
  if (Array.isArray(range)) return range.map(valueText).join('-');
  if (Array.isArray(set)) return `{ ${set.map(valueText).join(', ')} }`;
  if (Array.isArray(concat)) return concat.map(valueText).join(' . ');
  return JSON.stringify(value) ?? 'nothing';
}
