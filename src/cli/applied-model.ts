import { isError } from '../finding/finding.ts';
import type { Applied } from '../host/applied.ts';
import type { Model } from '../model/model.ts';
import { parseBytes } from './parse-bytes.ts';

/**
 * What was loaded was without errors on that day. Undefined where it isn't any more, damaged or under another
 * version: the forwards that can be read still are not what was loaded.
 */
export async function appliedModel({ model: bytes, enableForwarding }: Applied): Promise<Model | undefined> {
  const { model, findings } = await parseBytes(bytes);
  if (findings.some(isError)) return undefined;
  return model && enableForwarding ? { ...model, forwarding: 'enable' } : model;
}
