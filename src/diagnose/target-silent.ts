import type { Finding } from '../finding/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { formatTarget } from '../model/model.ts';
import { isPublished } from '../model/published.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';
import type { Observations, ObservedSocket } from './observations.ts';
import { isWildcard } from './shadows.ts';

/** A published service runs on this host, so the host knows whether it listens. It may start later. */
export function diagnoseTargetSilent(bindings: readonly HostBinding[], { sockets }: Observations): Finding[] {
  const silent = bindings.filter(
    (binding) =>
      isPublished(binding.forward) && binding.protocol !== 'sctp' && !sockets.some((socket) => serves(socket, binding)),
  );
  const groups = groupBy(silent, ({ protocol, forward, targetPorts }) =>
    [protocol, formatTarget({ ...forward.target, ports: targetPorts })].join(' '),
  );
  return [...groups].map(([target, some]) => ({
    code: 'host/target-silent',
    message: `nothing listens on ${target} now, so clients of ${formatForwards(some)} get no answer`,
    remedy: 'start the service, or write the address and port where it listens; ss -lntu lists them',
    path: some[0]?.forward.target.path ?? [],
  }));
}

const serves = ({ protocol, address, port }: ObservedSocket, binding: HostBinding): boolean =>
  protocol === binding.protocol &&
  binding.targetPorts.first <= port &&
  port <= binding.targetPorts.last &&
  (isWildcard(address) || address === binding.forward.target.address);
