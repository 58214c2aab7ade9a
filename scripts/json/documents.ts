import * as z from 'zod/mini';
import {
  texts,
  nullable,
  FORWARD,
  finding,
  failure,
  identity,
  optionalIdentity,
  changes,
  kernel,
  sysctl,
  effects,
  counts,
  diff,
  state,
  routing,
  generation,
  cause,
  amounts,
} from './values.ts';

const { array, boolean, number, optional, strictObject: object, string } = z;

const apply = object({
  applied: boolean(),
  changed: optional(boolean()),
  forwards: optional(number()),
  marker: optional(string()),
  ...optionalIdentity,
  ...counts,
  ...Object.fromEntries(Object.entries(effects).map(([key, schema]) => [key, optional(schema)])),
  waiting: optional(object({ left: number() })),
  unchecked: optional(texts),
  diff,
});

/** What each command prints on standard output with --json, by its name. */
export const DOCUMENTS: Readonly<Record<string, z.ZodMiniType>> = {
  apply,
  add: apply,
  set: apply,
  remove: apply,
  edit: apply,
  rollback: z.union([apply, object({ reverted: z.literal(true) })]),
  plan: object({
    file: string(),
    state,
    wouldChange: boolean(),
    causes: texts,
    changes,
    kernel,
    ...effects,
    unchanged: number(),
    refusal: nullable(failure),
    refusals: array(failure),
    ...identity,
    diff,
  }),
  check: object({
    file: string(),
    ok: boolean(),
    forwards: number(),
    routing: optional(routing),
    findings: array(finding),
  }),
  list: object({
    file: string(),
    kernel: z.enum(['in sync', 'drifted', 'missing', 'foreign', 'unknown']),
    forwards: array(
      object({ ...FORWARD, kernel: z.enum(['in sync', 'drifted', 'missing', 'foreign', 'unknown', 'disabled']) }),
    ),
  }),
  status: object({
    file: string(),
    state,
    ...identity,
    loaded: optional(object(identity)),
    critical: texts,
    boot: object({ enabled: boolean(), problems: texts }),
    forwards: number(),
    counters: optional(z.enum(['on', 'off', 'missing', 'changed', 'unwanted'])),
    routing: optional(routing),
    warnings: optional(array(object({ code: string(), message: string(), forward: nullable(string()) }))),
    waiting: optional(object({ command: string(), user: string(), left: number(), changesFile: boolean() })),
    reverted: optional(boolean()),
    causes: optional(texts),
    changes: optional(changes),
    kernel: optional(kernel),
    sysctls: optional(array(sysctl)),
    refusal: optional(nullable(failure)),
    missed: optional(array(object({ forward: string(), flows: number() }))),
  }),
  confirm: object({ confirmed: z.literal(true), command: string(), marker: string(), ...optionalIdentity }),
  history: object({
    generations: array(generation),
    waiting: nullable(object({ command: string(), user: string(), left: number() })),
  }),
  diff: object({ from: generation, to: generation, changes, unchanged: number() }),
  down: z.looseObject({ removed: boolean() }),
  enable: z.union([
    object({
      enabled: z.literal(true),
      how: optional(string()),
      forwards: number(),
      loaded: boolean(),
      files: texts,
      notes: texts,
      warnings: texts,
    }),
    // With --print.
    object({
      how: string(),
      notes: texts,
      files: array(object({ path: string(), mode: string(), content: string(), why: string() })),
      links: array(object({ path: string(), target: string(), why: string() })),
    }),
  ]),
  disable: object({ disabled: boolean(), removed: texts, kept: z.array(z.unknown()), open: optional(texts) }),
  doctor: object({
    file: string(),
    ok: boolean(),
    forwards: array(
      object({
        name: string(),
        verdict: z.enum(['fault', 'doubt', 'sound', 'unknown', 'disabled']),
        causes: array(cause),
        evidence: array(object({ at: string(), found: string() })),
        changed: nullable(string()),
      }),
    ),
    host: array(cause),
    unknown: texts,
  }),
  stats: object({
    counting: z.unknown(),
    forwards: array(
      z.looseObject({
        name: string(),
        listen: texts,
        target: string(),
        connections: optional(number()),
        received: optional(amounts),
        sent: optional(amounts),
      }),
    ),
  }),
  explain: z.looseObject({
    file: string(),
    outcome: z.enum(['applies', 'dropped', 'none']),
    forward: nullable(object({ name: string(), file: string(), line: number(), target: string() })),
    listen: nullable(string()),
    loaded: nullable(string()),
    reason: nullable(string()),
    message: nullable(string()),
  }),
  trace: z.looseObject({
    file: string(),
    forward: string(),
    from: nullable(string()),
    connections: array(z.looseObject({})),
  }),
  try: object({
    results: array(
      z.looseObject({
        forward: string(),
        path: string(),
        protocol: string(),
        to: string(),
        expected: string(),
        ok: boolean(),
      }),
    ),
    notTried: array(object({ forward: string(), path: string(), why: string() })),
    applied: optional(z.literal(false)),
  }),
  facts: z.looseObject({
    version: z.literal(1),
    addresses: array(z.looseObject({})),
    onLink: array(z.looseObject({})),
  }),
  /** On standard error, of every command. */
  messages: object({
    findings: optional(array(finding)),
    failure: optional(failure),
    refusals: optional(array(failure)),
    messages: optional(texts),
    present: optional(texts),
    adopted: optional(object({ path: string(), objects: number() })),
    kept: optional(string()),
    waiting: optional(object({ left: number() })),
  }),
};

/** One JSON Schema (2020-12), with a definition for each document. */
export const jsonSchema = (): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'What portfwd prints with --json',
  $defs: Object.fromEntries(
    Object.entries(DOCUMENTS).map(([name, schema]) => {
      const { $schema: _, ...made } = z.toJSONSchema(schema, { target: 'draft-2020-12' });
      return [name, made];
    }),
  ),
});
