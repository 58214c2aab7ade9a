import { emitJson } from '../emit/json.ts';
import { Failure } from '../failure/failure.ts';
import type { Nft } from '../host/nft/nft.ts';
import { lower } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Forward, Model } from '../model/model.ts';
import { MAIN, partPath } from '../parts/parts.ts';
import type { Change } from './change.ts';

type Checked = Pick<Change, 'model' | 'facts' | 'file' | 'locate' | 'ruleset'>;

/** Lets nft check the ruleset of a change, as far as it goes without loading. Throws `rejected` and what nft may fail with. */
export const checkRuleset = async (change: Checked, nft: Nft): Promise<void> =>
  namingRejectedForward(change, nft, async () => nft.check(change.ruleset.text));

/** If nft rejects the ruleset during `work`, the failure names the forward and its line, if that can be found out. */
export async function namingRejectedForward<T>(
  { model, facts, file, locate }: Pick<Checked, 'model' | 'facts' | 'file' | 'locate'>,
  nft: Nft,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'rejected') throw error;
    const forward = await findRejectedForward(model, facts, nft);
    if (forward === undefined) throw error;
    throw new Failure(
      'rejected',
      `nft rejected forward ${forward.name} (${placeText(forward, file, locate)}); nothing was changed`,
      'change or remove that forward',
      error.detail,
    );
  }
}

/**
 * The errors of nft for JSON have no location (`internal:0:0-0`). So this searches in a scratch namespace for the
 * shortest beginning of the list that nft rejects. Undefined if nft accepts the whole list there, or rejects even
 * an empty one.
 */
async function findRejectedForward(model: Model, facts: HostFacts, nft: Nft): Promise<Forward | undefined> {
  const rejects = async (count: number): Promise<boolean> =>
    isRejected({ ...model, forwards: model.forwards.slice(0, count) }, facts, nft);
  if ((await rejects(0)) || !(await rejects(model.forwards.length))) return undefined;
  let [accepted, rejected] = [0, model.forwards.length];
  while (rejected - accepted > 1) {
    const middle = (accepted + rejected) >> 1;
    if (await rejects(middle)) rejected = middle;
    else accepted = middle;
  }
  return model.forwards[rejected - 1];
}

function placeText(forward: Forward, file: string, locate: Checked['locate']): string {
  const { line, part = MAIN } = locate(forward);
  return `${partPath(file, part)}:${line}`;
}

async function isRejected(model: Model, facts: HostFacts, nft: Nft): Promise<boolean> {
  try {
    await nft.check(emitJson(lower(model, facts)).text);
    return false;
  } catch (error) {
    return error instanceof Failure && error.reason === 'rejected';
  }
}
