import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { stateText } from '../model/routing/links.ts';
import type { AwayOf, TargetAway } from '../model/routing/target-away.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';
import { shellWord } from './printed-command.ts';

/** The interface to a target is down or absent. */
export function diagnoseTargetAway(bindings: readonly HostBinding[], awayOf: AwayOf): Finding[] {
  const found = bindings.flatMap((binding) => {
    const away = binding.local ? undefined : awayOf(binding.forward.target.address, binding.routes);
    return away === undefined ? [] : [{ binding, away }];
  });
  const groups = groupBy(found, ({ binding, away }) => `${binding.forward.family} ${keyOf(away)}`);
  return [...groups.values()].flatMap((some) =>
    some.slice(0, 1).map(({ binding: { forward }, away }) => ({
      code: 'host/target-away',
      ...describe(away, {
        forwards: formatForwards(some.map(({ binding }) => binding)),
        address: forward.target.address,
        targets: new Set(some.map(({ binding }) => binding.forward.target.address)).size,
      }),
      path: forward.target.path,
    })),
  );
}

/** The same for targets that are away for the same reason. */
function keyOf(away: TargetAway): string {
  switch (away.kind) {
    case 'link':
      return `link ${away.link.name}`;
    case 'subnet':
      return `subnet ${away.prefix}`;
    case 'no-route':
      return away.why;
    case 'provider':
      return `provider ${away.instead.interface}`;
  }
}

interface Concerned {
  readonly forwards: string;
  /** Of the first target. */
  readonly address: string;
  readonly targets: number;
}

function describe(away: TargetAway, { forwards, address, targets }: Concerned): Pick<Finding, 'message' | 'remedy'> {
  switch (away.kind) {
    case 'link':
      return {
        message: `${stateText(away.link.name, away.link.state)}, and packets for the target of ${forwards} go through it: they do not arrive now`,
        remedy: 'connect it, or ignore this if it comes up later',
      };
    case 'subnet':
      return {
        message: `${stateText(away.link.name, away.link.state)}, and the target of ${forwards} is in its subnet ${away.prefix}: ${away.instead === undefined ? 'packets for it do not leave this host now' : `packets for it leave through the default route of ${away.instead.interface} instead`}`,
        remedy: `run: ip link set ${shellWord(away.link.name)} up; ${away.instead === undefined ? '' : `${REFUSE} run: ${routeCommand(away.prefix)}; `}${LATER}`,
      };
    case 'no-route':
      return {
        message: `this host has ${away.why === 'none' ? 'no route' : `a route of type ${away.why}`} to ${address}, the target of ${forwards}: packets for it do not leave this host now`,
        remedy: `bring up the interface to the target, such as that of a tunnel, or correct the address; ${LATER}`,
      };
    case 'provider':
      return {
        message: `the private address ${address}, the target of ${forwards}, matches only the default route of ${away.instead.interface}: packets for it leave to the provider, and the interface to the target, such as that of a tunnel, may be down`,
        remedy: `bring up the interface to the target; ${REFUSE} run: ${ruleCommands(address)}${targets > 1 ? ' (the same for the other targets)' : ''}; ignore this if the network of the provider has this address`,
      };
  }
}

const REFUSE = 'to have such packets refused while it is away,';
const LATER = 'ignore this if it comes up later';

/** The route of the interface has a lower metric, so it counts again when it is there. */
const routeCommand = (prefix: string): string =>
  `ip ${prefix.includes(':') ? '-6 ' : ''}route add unreachable ${prefix} metric 4294967295`;

/** Every route but the default route still counts, also one of the interface that comes later, with any prefix. */
function ruleCommands(address: string): string {
  const ip = address.includes(':') ? 'ip -6' : 'ip';
  return `${ip} rule add priority 32764 to ${address} lookup main suppress_prefixlength 0 && ${ip} rule add priority 32765 to ${address} unreachable`;
}
