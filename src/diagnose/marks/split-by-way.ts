import type { HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Model } from '../../model/model.ts';
import { markText } from '../../model/routing/mark-text.ts';
import type { RouteLookup } from '../../model/routing/route-lookup.ts';
import { asRouted, lookupTo, waysTo } from '../../model/routing/routes.ts';
import { hostBindingsOf, type HostBinding } from '../binding.ts';
import { formatList } from '../name-list.ts';

/** Bindings whose packets take the same way, and the facts as they are for these packets. */
export interface BindingsOnWay {
  readonly bindings: readonly HostBinding[];
  readonly facts: HostFacts;
  /** What every message about them begins with: which packets it is about. */
  readonly prefix: string;
}

/** One group, if no packets have a mark that changes their way. */
export function splitByWay(model: Model, bindings: readonly HostBinding[], facts: HostFacts): BindingsOnWay[] {
  const { marked } = facts;
  if (marked === undefined) return [{ bindings, facts, prefix: '' }];
  const usual = bindings.filter(({ forward }) => marked[forward.target.address] === undefined);
  const groups = new Map<string, Record<string, RouteLookup>>();
  for (const [address, some] of Object.entries(marked)) {
    const marks = formatList(some.map(({ mark }) => markText(mark)));
    for (const { mark, routes } of waysTo(facts, address)) {
      const lookup = some.find((one) => one.mark === mark)?.lookup ?? lookupTo(facts, address);
      const links = [...new Set(routes.map((route) => route.interface))];
      const which = mark === undefined ? `without mark ${marks}` : `with mark ${markText(mark)}`;
      const prefix = `packets ${which}${links.length === 0 ? '' : ` go out through ${formatList(links)}`}: `;
      const lookups = groups.get(prefix) ?? {};
      groups.set(prefix, lookups);
      if (lookup !== undefined) lookups[address] = lookup;
    }
  }
  return [
    { bindings: usual, facts: { ...facts, marked: undefined }, prefix: '' },
    ...[...groups].map(([prefix, lookups]) => onWay(model, facts, prefix, lookups)),
  ];
}

function onWay(
  model: Model,
  facts: HostFacts,
  prefix: string,
  lookups: Readonly<Record<string, RouteLookup>>,
): BindingsOnWay {
  const forwards = enabledForwards(model).filter(({ target }) => lookups[target.address] !== undefined);
  const routed = asRouted(facts, lookups);
  return { bindings: hostBindingsOf({ ...model, forwards }, routed), facts: routed, prefix };
}
