import { formatList } from '../../diagnose/name-list.ts';
import { shellWord, sysctlName } from '../../diagnose/printed-command.ts';
import { Failure } from '../../failure/failure.ts';
import { FORWARDING } from '../../host/observe/forwarding.ts';
import type { SavedSysctls } from '../../host/state/saved-sysctls.ts';
import {
  closedBy,
  forwardingInterfaces,
  forwardingPath,
  isShut,
  routingGaps,
  type RoutingGap,
} from '../../model/routing/forwarding.ts';
import { isPossible, type HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';

/**
 * Throws `forwarding-off`. Without routing the host itself reaches a target on another host, and every other client
 * times out (docs/netfilter.md, fact 12). In a kernel without IPv6, no sysctl helps its forwards: they are warned about.
 */
export function requireForwarding(model: Model, facts: HostFacts, saved: SavedSysctls = {}): void {
  if (model.forwarding !== 'require') return;
  const gaps = routingGaps(model, facts).filter(({ forward }) => isPossible(forward, facts));
  const shut = gaps.filter((gap) => isShut(gap, facts));
  const first = (['ip', 'ip6'] as const).flatMap(
    (family) => shut.find(({ forward }) => forward.family === family) ?? [],
  );
  if (first.length === 0) return;
  const targets = first.map(
    ({ forward: { name, target } }) => `the target of ${name}, ${target.address}, is another host`,
  );
  const paths = first.flatMap((gap) => pathsOf(gap, facts));
  const commands = [...new Set(paths)].map((path) => shellWord(`${sysctlName(path)}=1`));
  throw new Failure(
    'forwarding-off',
    [...targets, ...hostReason(first, facts, saved), ...interfaceReasons(first, facts, saved)].join(', and '),
    'run again with --enable-forwarding, or write forwarding: enable in the file: portfwd then turns routing on for its own forwards only; ' +
      `sysctl -w ${commands.join(' ')} turns it on for all traffic; forwarding: ignore loads the forwards as they are`,
  );
}

/** Nothing forwards on this host. */
const isForWholeHost = ({ forward: { family } }: RoutingGap, facts: HostFacts): boolean =>
  !facts.forwarding[family] && forwardingInterfaces(facts, family).length === 0;

const pathsOf = (gap: RoutingGap, facts: HostFacts): string[] =>
  isForWholeHost(gap, facts)
    ? [FORWARDING[gap.forward.family]]
    : closedBy([gap]).map((name) => forwardingPath(name, gap.forward.family));

function hostReason(gaps: readonly RoutingGap[], facts: HostFacts, saved: SavedSysctls): string[] {
  const states = gaps
    .filter((gap) => isForWholeHost(gap, facts))
    .map(({ forward: { family } }) => stateOf(FORWARDING[family], saved));
  return states.length === 0 ? [] : [`this host does not route (${states.join(' and ')})`];
}

const interfaceReasons = (gaps: readonly RoutingGap[], facts: HostFacts, saved: SavedSysctls): string[] =>
  gaps
    .filter((gap) => !isForWholeHost(gap, facts))
    .map((gap) => {
      const names = closedBy([gap]);
      const states = names.map((name) => stateOf(forwardingPath(name, gap.forward.family), saved));
      return `${formatList(names)} ${names.length === 1 ? 'does' : 'do'} not route (${formatList(states)})`;
    });

/** The host facts are those without portfwd: a sysctl that portfwd turned on counts as off. */
const stateOf = (path: string, saved: SavedSysctls): string =>
  saved[path] === undefined
    ? `${sysctlName(path)} is 0`
    : `${sysctlName(path)} is 1 only because of an earlier --enable-forwarding or forwarding: enable`;
