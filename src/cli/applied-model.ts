import type { Applied } from '../host/applied.ts';
import type { Model } from '../model/model.ts';
import { parseModel } from '../model/parse.ts';

/** What was loaded was without findings on that day. */
export function appliedModel({ model: bytes, enableForwarding }: Applied): Model | undefined {
  const { model } = parseModel(bytes);
  return model && enableForwarding ? { ...model, forwarding: 'enable' } : model;
}
