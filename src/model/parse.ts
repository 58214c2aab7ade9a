import { formatPath, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { parseDocument } from './document.ts';
import type { Forward, Model } from './model.ts';
import { parseForward } from './parse-forward.ts';
import type { Locate } from './position.ts';
import { schemaFindings } from './schema-findings.ts';
import { modelSchema } from './schema.ts';

export interface ParsedModel {
  /** The forwards that could be read, even where others could not; undefined when nothing could. */
  readonly model?: Model;
  readonly findings: readonly Finding[];
  readonly locate: Locate;
}

/** Of the prerouting and output nat hooks: before docker, netavark and kube-proxy (-100) and firewalld (-90). */
const DEFAULT_PRIORITY = -105;

/** Reads a model file: its bytes in, the model and all that is wrong with it out. */
export function parseModel(bytes: Uint8Array): ParsedModel {
  const { value, findings, locate } = parseDocument(bytes);
  if (value === undefined && findings.length > 0) return { findings, locate };
  const shape = modelSchema.safeParse(value);
  if (!shape.success) return { findings: joined(findings, shapeFindings(shape.error, value)), locate };
  const { forwarding = 'require', priority = DEFAULT_PRIORITY } = shape.data;
  const parsed = shape.data.forwards.map((input, index) => parseForward(input, ['forwards', index]));
  const forwards = parsed.map(({ forward }) => forward).filter((forward): forward is Forward => forward !== undefined);
  const all = joined(
    findings,
    parsed.flatMap((result) => result.findings),
  );
  return { model: { version: 1, forwarding, priority, forwards }, findings: all, locate };
}

/** One finding for a place is enough: what YAML says of a value goes before what the model says of it. */
function joined(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  const known = new Set(first.map(({ path }) => formatPath(path)));
  return [...first, ...second.filter(({ path }) => !known.has(formatPath(path)))];
}

const KEYS = Object.keys(modelSchema.shape);

function shapeFindings(error: Parameters<typeof schemaFindings>[0], value: unknown): Finding[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return schemaFindings(error, value, [], KEYS);
  const message =
    value === null || value === undefined ? 'the file is empty' : `the file holds ${quote(value)}, not a mapping`;
  return [
    { code: 'model/type', message, remedy: 'begin with "version: 1" and "forwards:" on lines of their own', path: [] },
  ];
}
