import type { Context } from '../../apply/context.ts';
import { appliedModel } from '../../apply/read/last-applied.ts';
import { compareForwards, type ForwardChange } from '../../compare/forwards.ts';
import type { Forward } from '../../model/model.ts';

/** Older generations are not compared: each has to be parsed. */
const MOST = 10;

/** How these forwards were changed last: a clause for each that the newest generations tell of. */
export async function lastChanges(
  forwards: readonly Forward[],
  portfwd: (words: string) => string,
  ctx: Context,
): Promise<ReadonlyMap<string, string>> {
  const { history } = ctx.host;
  const { stateDir } = ctx.state;
  const found = new Map<string, string>();
  const wanted = new Set(forwards.map(({ name }) => name));
  const generations = wanted.size === 0 ? [] : history.list(stateDir).slice(-MOST - 1);
  let after = await forwardsOf(generations.at(-1)?.number, ctx);
  for (let at = generations.length - 1; at > 0 && after !== undefined && found.size < wanted.size; at -= 1) {
    const [earlier, later] = [generations[at - 1], generations[at]];
    const before = await forwardsOf(earlier?.number, ctx);
    if (before === undefined || earlier === undefined || later === undefined) return found;
    for (const change of compareForwards(before, after).changes) {
      const name = change.kind === 'changed' ? change.after.name : change.forward.name;
      if (!wanted.has(name) || found.has(name) || change.kind === 'removed') continue;
      found.set(
        name,
        `${textOf(change)} by "${later.command}" of ${later.user}, ${later.time}; ${portfwd(`rollback ${earlier.number}`)} restores the file before it`,
      );
    }
    after = before;
  }
  return found;
}

async function forwardsOf(
  number: number | undefined,
  { host, state }: Context,
): Promise<readonly Forward[] | undefined> {
  const model = number === undefined ? undefined : host.history.read(state.stateDir, number);
  return model && (await appliedModel({ marker: '', model, enableForwarding: false }))?.forwards;
}

const textOf = (change: ForwardChange): string =>
  change.kind === 'changed'
    ? `changed (${change.fields.map(({ field, before, after }) => `${field} ${before || '-'} → ${after || '-'}`).join(', ')})`
    : 'added';
