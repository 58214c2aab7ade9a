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
