import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { formatTarget } from '../model/model.ts';
import { isPublished } from '../model/published.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards, formatList } from './name-list.ts';
import type { Observations, ObservedSocket } from './observations.ts';
import { isWildcard } from './covered/shadows.ts';

/** A published service runs on this host, so the host knows whether it listens. It may start later. */
export function diagnoseTargetSilent(bindings: readonly HostBinding[], { sockets }: Observations): Finding[] {
  const byPort = groupBy(sockets, ({ port }) => port);
  const silent = bindings.filter(
    (binding) => binding.protocol !== 'sctp' && isPublished(binding.forward) && !isServed(binding, byPort),
  );
  const targets = new Set(
    silent.map(
      ({ protocol, forward, targetPorts }) => `${protocol} ${formatTarget({ ...forward.target, ports: targetPorts })}`,
    ),
  );
  return silent.slice(0, 1).map(({ forward }) => ({
    code: 'host/target-silent',
    message: `nothing listens on ${formatList([...targets])} now, so clients of ${formatForwards(silent)} get no answer there`,
    remedy: 'start the service, or write the address and port where it listens; ss -lntu lists them',
    path: forward.target.path,
  }));
}

/** One port of a range is enough. */
function isServed(
  { protocol, forward, targetPorts }: HostBinding,
  byPort: ReadonlyMap<number, readonly ObservedSocket[]>,
): boolean {
  for (let port = targetPorts.first; port <= targetPorts.last; port += 1) {
    const found = byPort
      .get(port)
      ?.some((socket) => socket.protocol === protocol && receives(socket, forward.target.address));
    if (found === true) return true;
  }
  return false;
}

const receives = ({ address }: ObservedSocket, target: string): boolean => isWildcard(address) || address === target;
