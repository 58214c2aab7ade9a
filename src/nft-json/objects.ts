/** Any JSON object of libnftables-json(5). */
export type Json = Readonly<Record<string, unknown>>;

/** An object of a listing: `{ "chain": { "name": "base" } }` is of the kind `chain`. */
export interface NftObject {
  readonly kind: string;
  readonly body: Json;
}

/**
 * Reads what `nft -j list …` prints. Undefined: the text is not JSON, or not a listing. Some versions of nft print nothing
 * if there is nothing to list. What is inside of the objects is not checked: there can be 100 000 elements.
 */
export function readListing(text: string): readonly NftObject[] | undefined {
  if (text.trim() === '') return [];
  const { nftables } = objectOf(parsed(text));
  if (!Array.isArray(nftables)) return undefined;
  const objects = nftables.map(soleEntry);
  return objects.every(({ body }) => isObject(body)) ? objects.filter(({ kind }) => kind !== 'metainfo') : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** The value if it is an object; else one without keys. */
export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

/** libnftables-json wraps objects, statements and expressions alike: the one key of the wrapper names the kind. */
export function soleEntry(wrapper: unknown): NftObject {
  const [[kind, body] = ['', undefined]] = Object.entries(objectOf(wrapper));
  return { kind, body: (body ?? {}) as Json };
}

export const bodiesOf = (objects: readonly NftObject[], kind: string): readonly Json[] =>
  objects.filter((object) => object.kind === kind).map(({ body }) => body);
