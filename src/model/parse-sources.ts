import type { Finding, ModelPath } from '../finding/finding.ts';
import type { Family } from './model.ts';
import { itemPath, listOf } from './one-or-list.ts';
import { checkSource } from './source.ts';
import { bitsOf } from './source-bits.ts';

/** The clients under `from`, in the order of the file; `family` is the target's, where that could be read. */
export function parseSources(
  from: string | string[],
  family: Family | undefined,
  path: ModelPath,
  findings: Finding[],
): readonly string[] {
  const sources = listOf(from).map((text, index) => ({ text, path: itemPath(from, path, index) }));
  const faults = sources.flatMap((source) => checkSource(source.text, family, source.path));
  findings.push(...(faults.length > 0 ? faults : overlapsIn(sources)));
  return sources.map(({ text }) => text);
}

interface Source {
  readonly text: string;
  readonly path: ModelPath;
}

/**
 * A list says each client once: who writes 10.1.0.0/16 beside 10.0.0.0/8 may think that it narrows something.
 * In the order of their bits a prefix comes right before all that it holds.
 */
function overlapsIn(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  let outer: (Source & { readonly bits: string }) | undefined;
  for (const source of sources.map((one) => ({ ...one, bits: bitsOf(one.text) })).toSorted(byBits)) {
    if (outer !== undefined && source.bits.startsWith(outer.bits)) findings.push(overlap(source, outer));
    else outer = source;
  }
  return findings;
}

const byBits = (a: { readonly bits: string }, b: { readonly bits: string }): number =>
  a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0;

const overlap = ({ text, path }: Source, outer: Source): Finding => ({
  code: 'from/overlap',
  message: text === outer.text ? `${text} stands here twice` : `${text} lies in ${outer.text}, which stands here too`,
  remedy: 'remove one of the two',
  path,
  related: [outer.path],
});
