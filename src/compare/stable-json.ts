/**
 * A part of a listing as text, to compare it with the same part of another listing. Without what differs between two
 * loads of one ruleset: handles, values of counters, the order of elements.
 */
export const stableJson = (value: unknown): string => JSON.stringify(value, withoutNoise) ?? '';

function withoutNoise(key: string, value: unknown): unknown {
  if (key === 'handle') return undefined;
  // A reference to a named counter is a string; a counter of the rule itself has its values here.
  if (key === 'counter' && typeof value === 'object') return null;
  if (key === 'elem' && Array.isArray(value)) return value.map((element) => stableJson(element)).sort();
  return value;
}
