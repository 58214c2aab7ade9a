import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { appliedJson, type Applied } from './applied.ts';
import { readJsonState } from './json-state.ts';
import type { PendingChange } from './pending-change.ts';
import { writeStateFile } from './state-file.ts';

export const PENDING_FILE = 'window.json';

/** Throws `state-directory` if the file is damaged: whether a change is pending is not known then. */
export function readPending(stateDir: string): PendingChange | undefined {
  const read = readJsonState(stateDir, STATE);
  return read && decode(read);
}

export const writePending = (stateDir: string, pending: PendingChange): void =>
  writeStateFile(stateDir, PENDING_FILE, `${JSON.stringify(encode(pending))}\n`);

export const removePending = (stateDir: string): void => rmSync(join(stateDir, PENDING_FILE), { force: true });

/** The file calls `network` `of`, as earlier versions did. */
const encode = ({ now, before, edited, network, id, ...rest }: PendingChange) => ({
  version: 1,
  id,
  of: network,
  ...rest,
  now: appliedJson(now),
  before: before && appliedJson(before),
  edited: edited && { ...edited, text: base64(edited.text), was: edited.was && base64(edited.was) },
});

const appliedSchema = z.object({
  version: z.literal(1),
  marker: z.string(),
  model: z.string(),
  enableForwarding: z.optional(z.boolean()),
});

const SHAPE = {
  id: z.string(),
  of: z.string(),
  deadline: z.number(),
  confirmed: z.optional(z.boolean()),
  file: z.string(),
  command: z.string(),
  user: z.string(),
  forwards: z.number(),
  digest: z.optional(z.string()),
  revision: z.optional(z.string()),
  now: appliedSchema,
  before: z.optional(appliedSchema),
  wasMissing: z.optional(z.boolean()),
  turnsRoutingOn: z.optional(z.boolean()),
  keepConnections: z.optional(z.boolean()),
  sysctls: z.optional(z.array(z.tuple([z.string(), z.string()]))),
  edited: z.optional(
    z.object({
      text: z.string(),
      was: z.optional(z.string()),
      // Earlier versions wrote only the place of the first file.
      keep: z.optional(z.union([z.string(), z.array(z.object({ path: z.string(), keep: z.string() }))])),
    }),
  ),
  reverter: z.union([
    z.object({ kind: z.literal('process'), pid: z.int() }),
    // Earlier versions wrote `timer`.
    z.object({ kind: z.enum(['service', 'timer']), unit: z.string() }),
  ]),
} satisfies Record<keyof Omit<PendingChange, 'network'> | 'of', unknown>;

const SCHEMA = z.object(SHAPE);

const STATE = {
  name: PENDING_FILE,
  schema: SCHEMA,
  unknown: 'it is not known which change waits to be confirmed',
  next: 'look with portfwd status at what is loaded, and run portfwd apply',
};

const decode = ({ of: network, now, before, edited, reverter, ...rest }: z.infer<typeof SCHEMA>): PendingChange => ({
  ...rest,
  network,
  now: decodeApplied(now),
  before: before && decodeApplied(before),
  edited: edited && {
    ...edited,
    text: bytes(edited.text),
    was: edited.was === undefined ? undefined : bytes(edited.was),
    keep: typeof edited.keep === 'string' ? [{ path: rest.file, keep: edited.keep }] : edited.keep,
  },
  reverter: reverter.kind === 'process' ? reverter : { kind: 'service', unit: reverter.unit },
});

const decodeApplied = ({ marker, model, enableForwarding = false }: z.infer<typeof appliedSchema>): Applied => ({
  marker,
  model: bytes(model),
  enableForwarding,
});

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
