import { FORWARDING } from '../host/facts.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Forward, type Model } from '../model/model.ts';
import type { World } from './world.ts';

/** The forwards that lead nowhere, whatever the table says: what they need of the host is switched off. */
export async function unfitForwards(model: Model, facts: HostFacts, { host }: World): Promise<ReadonlySet<Forward>> {
  const isOn = (path: string): boolean => host.sysctl.read(path) === '1';
  const links = new Map<string, string | undefined>();
  const unfit = new Set<Forward>();
  for (const forward of enabledForwards(model)) {
    const { family, loopback, target } = forward;
    if (isLocal(facts, target.address)) continue;
    if (model.forwarding !== 'ignore' && !isOn(FORWARDING[family])) unfit.add(forward);
    if (!loopback) continue;
    const link = links.get(target.address) ?? (await host.egressInterface(target.address));
    links.set(target.address, link);
    if (link === undefined || !isOn(`net/ipv4/conf/${link}/route_localnet`)) unfit.add(forward);
  }
  return unfit;
}
