import { emitJson } from '../emit/json.ts';
import { Failure } from '../failure/failure.ts';
import type { Nft } from '../host/nft/nft.ts';
import { lower } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Forward, Model } from '../model/model.ts';
import type { Change } from './change.ts';

/** Adds the forward and its line to what nft says, where it can be found out. */
export async function explained<T>(
  { model, facts, file, locate }: Change,
  nft: Nft,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'rejected') throw error;
    const forward = await blame(model, facts, nft);
    if (forward === undefined) throw error;
    throw new Failure(
      'rejected',
      `nft refused the forward ${forward.name} (${file}:${locate(forward).line}); nothing was changed`,
      'change or remove that forward',
      error.detail,
    );
  }
}

/**
 * Which forward nft refuses: its errors for JSON carry no location (`internal:0:0-0`), so the shortest
 * beginning of the list that is refused is searched for in a namespace of its own. Undefined when the
 * whole list is accepted there, or nothing can be tried there.
 */
async function blame(model: Model, facts: HostFacts, nft: Nft): Promise<Forward | undefined> {
  const refused = async (count: number): Promise<boolean> =>
    isRefused({ ...model, forwards: model.forwards.slice(0, count) }, facts, nft);
  if ((await refused(0)) || !(await refused(model.forwards.length))) return undefined;
  let [accepted, rejected] = [0, model.forwards.length];
  while (rejected - accepted > 1) {
    const middle = (accepted + rejected) >> 1;
    if (await refused(middle)) rejected = middle;
    else accepted = middle;
  }
  return model.forwards[rejected - 1];
}

async function isRefused(model: Model, facts: HostFacts, nft: Nft): Promise<boolean> {
  try {
    await nft.check(emitJson(lower(model, facts)).text);
    return false;
  } catch (error) {
    return error instanceof Failure && error.reason === 'rejected';
  }
}
