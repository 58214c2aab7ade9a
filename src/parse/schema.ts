import * as z from 'zod/mini';
import type { ModelPath } from '../finding/finding.ts';
import { FORWARD_KEYS, forwardKeys, rowOf, type ForwardKey, type ForwardKeyRow } from '../model/forward-keys.ts';

/** The types of the values in the file. Addresses, ports and names are parsed one by one afterwards. */
export const modelSchema = z.strictObject({
  version: z.literal(1),
  forwarding: z.optional(z.enum(['require', 'enable', 'ignore'])),
  mss: z.optional(z.enum([...FORWARD_KEYS.mss.choices])),
  counters: z.optional(z.boolean()),
  revision: z.optional(z.string()),
  priority: z.optional(z.int().check(z.gte(-199), z.lte(400))),
  forwards: z.array(z.unknown()),
});

export const forwardSchema = z.strictObject(
  Object.fromEntries(forwardKeys.map((key) => [key, keySchema(rowOf(key))])),
) as unknown as z.ZodMiniType<ForwardInput>;

function keySchema(row: ForwardKeyRow): z.ZodMiniType {
  const schema = valueSchema(row);
  return row.required === true ? schema : z.optional(schema);
}

/** The list is the last alternative of the union: schema-findings.ts relies on that. */
function valueSchema(row: ForwardKeyRow): z.ZodMiniType {
  if (row.kind === 'boolean') return z.boolean();
  const item = itemSchema(row);
  return row.kind === 'list' ? z.union([item, z.array(item).check(z.minLength(1))]) : item;
}

function itemSchema({ choices, numbers }: ForwardKeyRow): z.ZodMiniType {
  if (choices !== undefined) return z.enum([...choices]);
  return numbers === true ? z.union([z.number(), z.string()]) : z.string();
}

type Rows = typeof FORWARD_KEYS;
type Item<Row> = Row extends { choices: readonly (infer Choice)[] }
  ? Choice
  : Row extends { numbers: true }
    ? number | string
    : string;
type Value<Row> = Row extends { kind: 'boolean' }
  ? boolean
  : Row extends { kind: 'list' }
    ? Item<Row> | Item<Row>[]
    : Item<Row>;
type Required = { [Key in ForwardKey]: Rows[Key] extends { required: true } ? Key : never }[ForwardKey];

/** One forward as a mapping; the shorthand is turned into this first. */
export type ForwardInput = { [Key in Required]: Value<Rows[Key]> } & {
  [Key in Exclude<ForwardKey, Required>]?: Value<Rows[Key]> | undefined;
};

/** A single value is a list of one item. */
export const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** The path of an item: a single value has the path of its key. */
export const itemPath = (value: unknown, path: ModelPath, index: number): ModelPath =>
  Array.isArray(value) ? [...path, index] : path;
