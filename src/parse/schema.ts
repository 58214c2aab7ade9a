import * as z from 'zod/mini';
import type { ModelPath } from '../finding/finding.ts';

/** The shape of the file. What a shape can't say (addresses, ports, names) is parsed field by field. */
export const modelSchema = z.strictObject({
  version: z.literal(1),
  forwarding: z.optional(z.enum(['require', 'enable', 'ignore'])),
  priority: z.optional(z.int().check(z.gte(-199), z.lte(400))),
  forwards: z.array(z.unknown()),
});

const protocol = z.enum(['tcp', 'udp', 'sctp']);

export const forwardSchema = z.strictObject({
  name: z.optional(z.string()),
  protocol: z.optional(z.union([protocol, z.array(protocol).check(z.minLength(1))])),
  listen: z.union([z.number(), z.string(), z.array(z.union([z.number(), z.string()])).check(z.minLength(1))]),
  target: z.string(),
  interface: z.optional(z.union([z.string(), z.array(z.string()).check(z.minLength(1))])),
  from: z.optional(z.union([z.string(), z.array(z.string()).check(z.minLength(1))])),
  wildcard: z.optional(z.boolean()),
  masquerade: z.optional(z.enum(['auto', 'always', 'never'])),
  loopback: z.optional(z.boolean()),
  enabled: z.optional(z.boolean()),
  comment: z.optional(z.string()),
});

/** One forward as it is written in full; the shorthand is turned into this first. */
export type ForwardInput = z.infer<typeof forwardSchema>;

/** Where one value or a list of them may stand. */
export const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** One value stands at its key, an item of a list at its index. */
export const itemPath = (value: unknown, path: ModelPath, index: number): ModelPath =>
  Array.isArray(value) ? [...path, index] : path;
