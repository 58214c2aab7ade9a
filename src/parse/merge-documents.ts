import * as z from 'zod/mini';
import type { Finding, ModelPath } from '../finding/finding.ts';
import type { Document } from './plain/document.ts';
import { modelSchema } from './schema.ts';
import { schemaFindings } from './schema-findings.ts';
import type { Locate } from './position.ts';

interface PartDocument {
  readonly name: string;
  readonly document: Document;
}

/**
 * The documents of several files as one: the forwards follow each other, and the other keys are those of the main file. A
 * place is found in its own file.
 */
export function mergeDocuments(main: Document, parts: readonly PartDocument[]): Document {
  const own = forwardsOf(main.value);
  const lists = parts.map(({ document }) => forwardsOf(document.value) ?? []);
  const findings = [...main.findings, ...parts.flatMap(partFindings)];
  const locate = locateIn(main, parts, [(own ?? []).length, ...lists.map((list) => list.length)]);
  if (own === undefined) return { ...main, findings, locate };
  return { value: { ...(main.value as object), forwards: [...own, ...lists.flat()] }, findings, locate };
}

/** Undefined: `forwards` is not a list. A file with settings only may leave it out. */
function forwardsOf(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { forwards = [] } = value as { readonly forwards?: unknown };
  return Array.isArray(forwards) ? forwards : undefined;
}

/** The version of the main file holds for all. */
const partSchema = z.strictObject({ version: z.optional(z.literal(1)), forwards: z.array(z.unknown()) });

function partFindings({ name, document: { value, findings } }: PartDocument): Finding[] {
  const shape = value === undefined && findings.length > 0 ? undefined : partSchema.safeParse(value);
  const wrong = shape === undefined || shape.success ? [] : shapeFindings(shape.error, value);
  return [...findings, ...wrong].map((finding) => ({ ...finding, part: name }));
}

function shapeFindings(error: z.core.$ZodError, value: unknown): Finding[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [notPart];
  return schemaFindings(error, value, [], Object.keys(partSchema.shape)).map((finding) =>
    isSetting(finding)
      ? {
          ...finding,
          message: `the key ${finding.path[0]} belongs in the main file`,
          remedy: 'write it there; it holds for the forwards of all files',
        }
      : finding,
  );
}

const notPart: Finding = {
  code: 'model/type',
  message: 'the file contains no mapping',
  remedy: 'start with the line "forwards:"',
  path: [],
};

const isSetting = ({ code, path }: Finding): boolean =>
  code === 'model/unknown-key' && Object.keys(modelSchema.shape).includes(`${path[0]}`);

/** `counts`: how many forwards each file has, the main file first. */
function locateIn(main: Document, parts: readonly PartDocument[], counts: readonly number[]): Locate {
  const byName = new Map(parts.map(({ name, document }) => [name, document]));
  return (place) => {
    const { part } = place;
    const named = part === undefined ? undefined : byName.get(part);
    if (named !== undefined) return { ...named.locate(place), part, path: place.path };
    const [file, path] = ownPath(place.path, counts);
    const found = parts[file - 1];
    return found === undefined
      ? main.locate(place)
      : { ...found.document.locate({ ...place, path }), part: found.name, path };
  };
}

/** The position of the file, and the path in it. */
function ownPath(path: ModelPath, counts: readonly number[]): readonly [file: number, path: ModelPath] {
  const [key, index, ...more] = path;
  if (key !== 'forwards' || typeof index !== 'number') return [0, path];
  let [file, at] = [0, index];
  while (file < counts.length - 1 && at >= (counts[file] ?? 0)) at -= counts[file++] ?? 0;
  return [file, ['forwards', at, ...more]];
}
