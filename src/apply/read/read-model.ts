import { check } from '../../check/check.ts';
import { isError, severityOf, type Finding } from '../../finding/finding.ts';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';
import { type ParsedModel, inFileOrder } from '../../parse/model.ts';
import { readPlainDocument, type Document } from '../../parse/plain/document.ts';
import { unpackParts, type Part } from '../../parts/parts.ts';
import type { Locate } from '../../parse/position.ts';

export interface ReadModel<F> {
  readonly file: string;
  readonly facts: F;
  /** Undefined if the file has errors. */
  readonly model?: Model;
  /** How many forwards the file holds, as far as it could be read. */
  readonly forwards: number;
  readonly findings: readonly Finding[];
  readonly locate: Locate;
  readonly statedForwarding: ParsedModel['statedForwarding'];
  /** The file as it was read. */
  readonly bytes: Uint8Array;
}

/** Reads what is known of the host, which depends on the forwards; they are known when the file is parsed. */
export type ReadFacts<F> = (model: Promise<Model | undefined>) => Promise<F>;

/**
 * Reads, parses and checks; prints nothing. The file is parsed while the host facts are read. If
 * `text` is given, it is read instead: the content that is about to be written. Throws a Failure if the file cannot be read.
 */
export async function readModel<F extends HostFacts | undefined>(
  file: string,
  readFacts: ReadFacts<F>,
  host: Pick<Host, 'readModelFiles'>,
  text?: Uint8Array,
): Promise<ReadModel<F>> {
  const parsing = parseFile(file, host, text);
  const [facts, { model, findings: parsed, locate, bytes, statedForwarding }] = await Promise.all([
    readFacts(parsing.then(({ model }) => model)),
    parsing,
  ]);
  const all = [...parsed, ...(model === undefined ? [] : check(model, facts))];
  const sound = model !== undefined && !all.some(isError);
  // Notes describe what a model does. A model with errors is not loaded.
  const findings = inFileOrder(sound ? all : all.filter((finding) => severityOf(finding) !== 'note'), locate);
  const forwards = model?.forwards.length ?? 0;
  return { file, facts, forwards, findings, locate, bytes, statedForwarding, ...(sound ? { model } : {}) };
}

async function parseFile(
  file: string,
  host: Pick<Host, 'readModelFiles'>,
  text?: Uint8Array,
): Promise<ParsedModel & { readonly bytes: Uint8Array }> {
  const bytes = text ?? host.readModelFiles(file);
  return { ...(await parseBytes(bytes)), bytes };
}

/**
 * The files of a model, as they are on record. The parser is loaded here, and the YAML library only for files that need it,
 * to keep start-up fast.
 */
export async function parseBytes(bytes: Uint8Array): Promise<ParsedModel> {
  const [main, ...parts] = unpackParts(bytes);
  const document = await documentOf(main);
  const { modelFrom } = await import('../../parse/model.ts');
  if (parts.length === 0) return modelFrom(document);
  const { mergeDocuments } = await import('../../parse/merge-documents.ts');
  const others = await Promise.all(parts.map(async (part) => ({ name: part.name, document: await documentOf(part) })));
  return modelFrom(mergeDocuments(document, others));
}

const documentOf = async ({ bytes }: Part): Promise<Document> =>
  readPlainDocument(bytes) ?? (await import('../../parse/yaml.ts')).readYamlDocument(bytes);
