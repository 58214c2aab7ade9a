import * as z from 'zod/mini';
import { FAILURES, type FailureReason } from '../../src/failure/failure.ts';
import { FINDINGS } from '../../src/finding/finding.ts';
import { forwardKeys, rowOf, type ForwardKey } from '../../src/model/forward-keys.ts';
import { comparedKeys } from '../../src/model/forward-values.ts';

const { array, boolean, number, optional, strictObject: object, string } = z;
export const texts = array(string());
export const nullable = <T extends z.ZodMiniType>(schema: T) => z.nullable(schema);
const keysOf = <T extends string>(table: Readonly<Record<T, unknown>>) => z.enum(Object.keys(table) as [T, ...T[]]);

/** A row of FORWARD_KEYS as JSON has it: a list is a list, and a value that can be missing can be null. */
function forwardValue(key: ForwardKey): z.ZodMiniType {
  const { kind, choices, default: value, required } = rowOf(key);
  const item = choices === undefined ? string() : z.enum([...choices]);
  if (kind === 'boolean') return boolean();
  if (kind === 'list') return array(item);
  return required === true || key === 'name' || value !== undefined ? item : nullable(item);
}

export const FORWARD = {
  family: z.enum(['ip', 'ip6']),
  ...Object.fromEntries(forwardKeys.filter((key) => comparedKeys.includes(key)).map((key) => [key, forwardValue(key)])),
};
const forward = object(FORWARD);

const place = { file: string(), line: number(), column: number(), path: string() };
export const finding = object({
  ...place,
  code: keysOf(FINDINGS),
  severity: z.enum(['error', 'warning', 'note']),
  message: string(),
  remedy: string(),
  related: array(object(place)),
});
export const failure = object({
  reason: keysOf<FailureReason>(FAILURES),
  message: string(),
  remedy: string(),
  detail: nullable(string()),
});

export const identity = { digest: string(), revision: optional(string()) };
export const optionalIdentity = { digest: optional(string()), revision: optional(string()) };
const field = object({ field: string(), before: string(), after: string() });
const forwardChange = object({
  kind: z.enum(['added', 'changed', 'removed']),
  name: string(),
  before: optional(forward),
  after: optional(forward),
  fields: optional(array(field)),
});
export const changes = object({ forwards: array(forwardChange), settings: array(field) });
const side = object({ target: string(), comment: nullable(string()) });
export const kernel = object({
  forwards: array(
    object({
      kind: z.enum(['missing', 'misled', 'comment', 'stray']),
      name: string(),
      listen: string(),
      meant: optional(side),
      kernel: optional(side),
    }),
  ),
  objects: array(z.looseObject({ kind: string(), change: z.enum(['added', 'removed', 'changed']) })),
});
export const sysctl = object({ name: string(), before: string(), after: string() });
export const effects = { sysctls: array(sysctl), bootFiles: texts, connectionsEnd: texts };
export const counts = {
  added: optional(number()),
  changedForwards: optional(number()),
  removed: optional(number()),
  unchanged: optional(number()),
};
export const diff = optional(object({ before: string(), after: string() }));
export const state = z.enum(['in sync', 'drifted', 'missing', 'foreign']);
export const routing = object({ table: string(), dropped: number(), fromInside: number() });
export const generation = object({
  number: number(),
  time: string(),
  user: string(),
  command: string(),
  file: string(),
  marker: string(),
  forwards: number(),
  enableForwarding: optional(boolean()),
  ...optionalIdentity,
});
export const cause = object({
  code: string(),
  level: z.enum(['fault', 'doubt', 'note']),
  message: string(),
  remedy: string(),
  commands: texts,
});
export const amounts = object({ packets: number(), bytes: number() });
