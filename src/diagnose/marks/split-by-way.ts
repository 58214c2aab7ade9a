import type { HostFacts } from '../../model/host-facts.ts';
import { coversInterface } from '../../model/interface-name.ts';
import { enabledForwards, type Forward, type Model } from '../../model/model.ts';
import { markText } from '../../model/routing/mark-text.ts';
import type { RouteLookup } from '../../model/routing/route-lookup.ts';
import { asRouted, lookupTo, waysTo } from '../../model/routing/routes.ts';
import { hasService, type Service } from '../../model/routing/services.ts';
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
  const groups = new Map<string, Group>();
  for (const [address, some] of Object.entries(marked)) {
    const marks = formatList(some.filter(({ mark }) => mark !== 0).map(({ mark }) => markText(mark)));
    for (const { mark = 0, interfaces, service, routes } of waysTo(facts, address)) {
      const lookup =
        some.find((one) => one.mark === mark && one.service === service)?.lookup ?? lookupTo(facts, address);
      const links = [...new Set(routes.map((route) => route.interface))];
      const which = mark === 0 ? `without mark ${marks}` : `with mark ${markText(mark)}`;
      // A finding names the forwards, and so the services.
      const prefix =
        marks === '' ? '' : `packets ${which}${links.length === 0 ? '' : ` go out through ${formatList(links)}`}: `;
      const key = service === undefined ? prefix : JSON.stringify([prefix, routes]);
      const group: Group = groups.get(key) ?? { prefix, lookups: {}, entries: new Map() };
      groups.set(key, group);
      if (lookup !== undefined) group.lookups[address] = lookup;
      const services = [...(group.entries.get(address)?.services ?? []), service];
      group.entries.set(address, { interfaces, services });
    }
  }
  return [
    { bindings: usual, facts: { ...facts, marked: undefined }, prefix: '' },
    ...[...groups.values()].map((group) => onWay(model, facts, group)),
  ];
}

interface Group {
  readonly prefix: string;
  readonly lookups: Record<string, RouteLookup>;
  /** Which packets for a target take the way. */
  readonly entries: Map<string, Entry>;
}

interface Entry {
  /** The interfaces through which they come in. Undefined: any. */
  readonly interfaces: readonly string[] | undefined;
  readonly services: readonly (Service | undefined)[];
}

/** The forward, only for packets that come in through some interfaces. */
function comingInThrough(forward: Forward, names: readonly string[] | undefined): Forward[] {
  if (names === undefined) return [forward];
  const { interfaces } = forward;
  const both = names.filter((name) => interfaces.some((pattern) => coversInterface(pattern, name)));
  const left = interfaces.length === 0 ? names : both;
  return left.length === 0 ? [] : [{ ...forward, interfaces: left }];
}

function onWay(model: Model, facts: HostFacts, { prefix, lookups, entries }: Group): BindingsOnWay {
  const forwards = enabledForwards(model)
    .filter(({ target }) => lookups[target.address] !== undefined)
    .flatMap((forward) => comingInThrough(forward, entries.get(forward.target.address)?.interfaces));
  const routed = asRouted(facts, lookups);
  const isOnWay = (binding: HostBinding): boolean =>
    entries.get(binding.forward.target.address)?.services.some((one) => hasService(binding, one, facts)) === true;
  return { bindings: hostBindingsOf({ ...model, forwards }, routed).filter(isOnWay), facts: routed, prefix };
}
