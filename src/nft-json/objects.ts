/** Any JSON object of libnftables-json(5). */
export type Json = Readonly<Record<string, unknown>>;

/** An object of a listing: `{ "chain": { "name": "base" } }` is of the kind `chain`. */
export interface NftObject {
  readonly kind: string;
  readonly body: Json;
}

/**
 * Reads what `nft -j list …` prints. Undefined: the JSON is not a listing. Throws a SyntaxError if the text is not
 * JSON. Some versions of nft print nothing if there is nothing to list.
 */
export function readListing(text: string): readonly NftObject[] | undefined {
  if (text.trim() === '') return [];
  const { nftables } = JSON.parse(text) as Json;
  if (!Array.isArray(nftables)) return undefined;
  return nftables.map(soleEntry).filter(({ kind }) => kind !== 'metainfo');
}

/** libnftables-json wraps objects, statements and expressions alike: the one key of the wrapper names the kind. */
export function soleEntry(wrapper: unknown): NftObject {
  const [[kind, body] = ['', undefined]] = Object.entries((wrapper ?? {}) as Json);
  return { kind, body: (body ?? {}) as Json };
}

export const bodiesOf = (objects: readonly NftObject[], kind: string): readonly Json[] =>
  objects.filter((object) => object.kind === kind).map(({ body }) => body);
