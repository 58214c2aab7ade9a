import { addAll, type Finding, type ModelPath } from '../finding/finding.ts';
import type { Family } from '../model/model.ts';
import { itemPath, listOf } from './schema.ts';
import { bitsOf } from '../model/prefix.ts';
import { sourceProblem } from './source.ts';
import { clientsOfRange } from './spelling/clients.ts';

/** Parses `from` of the forward at `path`. The result is in file order. `family` is that of the target, if the target is valid. */
export function parseSources(
  from: string | string[],
  family: Family | undefined,
  path: ModelPath,
  findings: Finding[],
): readonly string[] {
  const texts = listOf(from);
  if (texts.every((text) => sourceProblem(text, family) === undefined) && !hasOverlap(texts)) return texts;
  const sources = texts.flatMap((text, index) => {
    const at = itemPath(from, path.concat('from'), index);
    return (clientsOfRange(text) ?? [text]).map((client) => ({ text: client, path: at }));
  });
  const faults = sources.flatMap((source) => {
    const problem = sourceProblem(source.text, family);
    return problem === undefined ? [] : [{ ...problem, path: source.path }];
  });
  addAll(findings, faults.length > 0 ? faults : overlapsIn(sources));
  return sources.map(({ text }) => text);
}

/** The same as `overlapsIn` says, without the places. Most lists are short, and sorting takes memory. */
function hasOverlap(texts: readonly string[]): boolean {
  if (texts.length < 2) return false;
  const bits = texts.map(bitsOf);
  if (bits.length > FEW) return bits.sort().some((one, index) => index > 0 && one.startsWith(bits[index - 1] ?? ''));
  for (let one = 0; one < bits.length; one += 1)
    for (let other = 0; other < bits.length; other += 1)
      if (one !== other && bits[one]?.startsWith(bits[other] ?? '') === true) return true;
  return false;
}

const FEW = 8;

interface Source {
  readonly text: string;
  readonly path: ModelPath;
}

/**
 * No source may contain another: someone who adds 10.1.0.0/16 to a list with 10.0.0.0/8 may expect that it restricts
 * the list. Sorted by bits, a prefix comes directly before everything that it contains.
 */
function overlapsIn(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  let outer: (Source & { readonly bits: string }) | undefined;
  for (const source of sources.map((one) => ({ ...one, bits: bitsOf(one.text) })).sort(byBits)) {
    if (outer !== undefined && source.bits.startsWith(outer.bits)) findings.push(overlap(source, outer));
    else outer = source;
  }
  return findings;
}

const byBits = (a: { readonly bits: string }, b: { readonly bits: string }): number =>
  a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0;

const overlap = ({ text, path }: Source, outer: Source): Finding => ({
  code: 'from/overlap',
  message:
    text === outer.text ? `${text} is listed twice` : `${text} is part of ${outer.text}, which is listed as well`,
  remedy:
    text === outer.text
      ? 'remove one of the two'
      : `remove ${text}, which changes nothing, or ${outer.text}, if only ${text} is meant`,
  path,
  related: [outer.path],
});
