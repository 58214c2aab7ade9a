import type { Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import type { Document } from './plain/document.ts';
import { DEFAULT_PRIORITY, type Forward, type Model } from '../model/model.ts';
import { oneLine } from '../model/one-line.ts';
import { parseForward } from './forward.ts';
import type { Locate } from './position.ts';
import { schemaFindings } from './schema-findings.ts';
import { modelSchema } from './schema.ts';
import { uniqueNames } from '../model/forward-name.ts';

export interface ParsedModel {
  /** Contains the valid forwards, even if others are invalid. Undefined if the file as a whole is invalid. */
  readonly model?: Model;
  readonly findings: readonly Finding[];
  readonly locate: Locate;
  /** The key `forwarding`, if the file has it. */
  readonly statedForwarding?: Model['forwarding'] | undefined;
}

/** Makes a model from a parsed document and collects all findings. */
export function modelFrom({ value, findings, locate }: Document): ParsedModel {
  if (value === undefined && findings.length > 0) return { findings, locate };
  const items = forwardsIn(value);
  if (items.length > MOST_FORWARDS) return { findings: [tooMany(items.length)], locate };
  const shape = modelSchema.safeParse(value);
  const parsed = items.map((input, index) => parseForward(input, ['forwards', index]));
  const inside = parsed.filter(({ findings: own }) => own.length > 0).flatMap(({ findings: own }) => own);
  const all = (found: readonly Finding[]): Finding[] => inFileOrder(joined(findings, found), locate);
  if (!shape.success) return { findings: all([...shapeFindings(shape.error, value), ...inside]), locate };
  const { forwarding = 'require', priority = DEFAULT_PRIORITY, mss = 'keep', counters = true, revision } = shape.data;
  const problem = revision === undefined ? undefined : oneLine('revision')(revision);
  if (problem !== undefined) inside.push({ ...problem, code: 'model/value', path: ['revision'] });
  const forwards = parsed
    .map(({ forward }, index) => (mss === 'keep' ? forward : forward && clamped(forward, items[index])))
    .filter((forward): forward is Forward => forward !== undefined);
  const named = uniqueNames(forwards, items);
  const model: Model = { version: 1, forwarding, priority, counters, revision, forwards: named };
  return { model, findings: all(inside), locate, statedForwarding: shape.data.forwarding };
}

/** Each forward needs at least one of the map elements that nft can load. */
const MOST_FORWARDS = 131_072;

const tooMany = (count: number): Finding => ({
  code: 'model/too-large',
  message: `the file has ${count} forwards, more than the maximum of ${MOST_FORWARDS}`,
  remedy: 'write ranges of ports, such as 27000-27100, instead of one forward for each port',
  path: ['forwards'],
});

/** `mss: clamp` at the top level is the default of every forward with TCP. */
function clamped(forward: Forward, item: unknown): Forward {
  const says = typeof item === 'object' && item !== null && 'mss' in item;
  return says || !forward.protocols.includes('tcp') ? forward : { ...forward, mss: 'clamp' };
}

/** Errors inside the forwards are reported even if the rest of the file is invalid. */
function forwardsIn(value: unknown): readonly unknown[] {
  const forwards = (value as { readonly forwards?: unknown } | null | undefined)?.forwards;
  return Array.isArray(forwards) ? forwards : [];
}

/**
 * Keeps one finding for each place. Where YAML could not read a value, findings about that value are dropped. A finding
 * about the notation of a number is dropped if a number is not allowed there.
 */
function joined(document: readonly Finding[], model: readonly Finding[]): Finding[] {
  const unreadable = placesOf(document.filter(({ code, part }) => !KEEPS_VALUE.has(code) && part === undefined));
  const kept = model.filter(({ path }) => !unreadable.has(JSON.stringify(path)));
  const wrong = placesOf(kept);
  return [...document.filter(({ code, path }) => code !== 'file/number' || !wrong.has(JSON.stringify(path))), ...kept];
}

const KEEPS_VALUE: ReadonlySet<Finding['code']> = new Set([
  'file/anchor',
  'file/duplicate-key',
  'file/number',
  'file/tag',
]);

const placesOf = (findings: readonly Finding[]): ReadonlySet<string> =>
  new Set(findings.map(({ path }) => JSON.stringify(path)));

const KEYS = Object.keys(modelSchema.shape);

function shapeFindings(error: Parameters<typeof schemaFindings>[0], value: unknown): Finding[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return schemaFindings(error, value, [], KEYS);
  const message =
    value === null || value === undefined
      ? 'the file is empty'
      : `the file contains ${quote(value)} instead of a mapping`;
  return [{ code: 'model/type', message, remedy: 'start with the lines "version: 1" and "forwards:"', path: [] }];
}

/** Sorts findings by position in the file. */
export function inFileOrder(findings: readonly Finding[], locate: Locate): Finding[] {
  if (findings.length < 2) return [...findings];
  const placed = findings.map((finding) => ({ ...locate(finding), finding }));
  return placed
    .sort((a, b) => byFile(a.part, b.part) || a.line - b.line || a.column - b.column)
    .map(({ finding }) => finding);
}

/** The main file first. */
function byFile(one = '', other = ''): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
