import type { ParsedModel } from '../model/model-from-document.ts';
import { readPlainDocument } from '../model/plain-document.ts';

/** What parses is loaded only now, and the YAML parser only for what is not plain: what needs neither does not pay. */
export async function parseBytes(bytes: Uint8Array): Promise<ParsedModel> {
  const plain = readPlainDocument(bytes);
  const { modelFrom } = await import('../model/model-from-document.ts');
  return modelFrom(plain ?? (await import('../model/document.ts')).parseDocument(bytes));
}
