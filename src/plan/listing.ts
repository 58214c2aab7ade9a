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
  if (key === 'elem' && Array.isArray(value)) return value.map((element) => spelling(element)).toSorted();
  return value;
}
