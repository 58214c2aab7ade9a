import { check } from '../check/check.ts';
import { isError, severityOf, type Finding } from '../finding/finding.ts';
import { escapeControls } from '../finding/quote.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import { type ParsedModel, inFileOrder } from '../parse/model.ts';
import type { Locate } from '../parse/yaml-position.ts';
import { findingJson, formatFinding, mostFindings } from '../report/findings.ts';
import type { World } from './context.ts';
import { readPlainDocument } from '../parse/plain-document.ts';

export interface LoadedModel<F> {
  readonly file: string;
  readonly facts: F;
  /** Only when nothing in it is an error. */
  readonly model?: Model;
  /** How many there are in the file, as far as it could be read. */
  readonly forwards: number;
  readonly findings: readonly Finding[];
  readonly locate: Locate;
  /** The file as it was read. */
  readonly bytes: Uint8Array;
}

/**
 * Reads, parses and checks; prints nothing. Throws a Failure when the file can't be read.
 * While the host is asked for its facts, the file is parsed. With `text` that is what the file is going to hold.
 */
export async function loadModel<F extends HostFacts | undefined>(
  file: string,
  asked: Promise<F>,
  world: World,
  text?: Uint8Array,
): Promise<LoadedModel<F>> {
  const [facts, { model, findings: parsed, locate, bytes }] = await Promise.all([asked, parseFile(file, world, text)]);
  const all = [...parsed, ...(model === undefined ? [] : check(model, facts))];
  const sound = model !== undefined && !all.some(isError);
  // What a model would do that is not loaded is no news.
  const findings = inFileOrder(sound ? all : all.filter((finding) => severityOf(finding) !== 'note'), locate);
  return { file, facts, forwards: model?.forwards.length ?? 0, findings, locate, bytes, ...(sound ? { model } : {}) };
}

async function parseFile(
  file: string,
  { host }: World,
  text?: Uint8Array,
): Promise<ParsedModel & { readonly bytes: Uint8Array }> {
  const bytes = text ?? host.readConfigFile(file);
  return { ...(await parseBytes(bytes)), bytes };
}

/** Findings go to stderr: a line for each, but for those that are too many, or one JSON document. */
export function reportFindings(
  { file, findings, locate }: Pick<LoadedModel<unknown>, 'file' | 'findings' | 'locate'>,
  json: boolean,
  { err }: World,
): void {
  if (findings.length === 0) return;
  if (json) {
    err(`${JSON.stringify({ findings: findings.map((finding) => findingJson(finding, file, locate)) })}\n`);
    return;
  }
  const { shown, more } = mostFindings(findings);
  for (const finding of shown) err(`${formatFinding(finding, file, locate)}\n`);
  if (more > 0) err(`${escapeControls(file)}: and ${more} more; portfwd check --json tells them all\n`);
}

/** What parses is loaded only now, and the YAML parser only for what is not plain: what needs neither does not pay. */
export async function parseBytes(bytes: Uint8Array): Promise<ParsedModel> {
  const plain = readPlainDocument(bytes);
  const { modelFrom } = await import('../parse/model.ts');
  return modelFrom(plain ?? (await import('../parse/yaml.ts')).parseDocument(bytes));
}
