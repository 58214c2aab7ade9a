import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { coversInterface } from '../model/interface-name.ts';
import type { Link } from '../model/routing/links.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';
import type { Observations } from './observations.ts';

/** Whether the kernel takes an address in a VRF for one of this host depends on its version (docs/netfilter.md, fact 43). */
export function diagnoseVrf(
  bindings: readonly HostBinding[],
  { links = [] }: Observations,
  facts: HostFacts,
): Finding[] {
  const members = links.filter(({ portOf }) => portOf === 'vrf');
  const found = members.flatMap((member) =>
    bindings.filter((binding) => isThrough(binding, member, facts)).map((binding) => ({ member, binding })),
  );
  return [...groupBy(found, ({ member }) => member.master)].map(([vrf, some]) => ({
    code: 'host/interface-vrf',
    message: `${some[0]?.member.name} is a member of the VRF ${vrf}: before Linux 6.16, kernels without its fix for fib expressions do not take addresses there for addresses of this host, and ${formatForwards(some.map(({ binding }) => binding))} does not apply`,
    remedy: `try it from a client; 6.12 of Debian 13 works, and 6.1 of Debian 12 does not${some.some(({ binding }) => lacks(binding, vrf)) ? `; add ${vrf} to interface, because the rules that rewrite the source see that name` : ''}`,
    path: some[0]?.binding.listen.path ?? [],
  }));
}

/** After routing, the incoming interface is the VRF. */
const lacks = ({ forward }: HostBinding, vrf: string | undefined): boolean =>
  vrf !== undefined &&
  forward.interfaces.length > 0 &&
  forward.masquerade !== 'never' &&
  !forward.interfaces.some((pattern) => coversInterface(pattern, vrf));

const isThrough = ({ forward, listen }: HostBinding, { name }: Link, { addresses }: HostFacts): boolean =>
  forward.interfaces.some((pattern) => coversInterface(pattern, name)) ||
  addresses.some((entry) => entry.interface === name && entry.address === listen.address);
