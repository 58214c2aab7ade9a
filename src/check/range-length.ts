import type { Finding } from '../finding/finding.ts';
import { formatPorts, lengthOf, type Forward } from '../model/model.ts';

/** Each port of a range keeps its offset, so the listen and the target need the same number of ports (fact 7). */
export function checkRangeLength({ listens, target }: Forward): Finding[] {
  const { ports } = target;
  if (ports === undefined) return [];
  const length = lengthOf(ports);
  return listens
    .filter((listen) => lengthOf(listen.ports) !== length)
    .map((listen) => ({
      code: 'forward/range-length',
      message: `${formatPorts(listen.ports)} has ${count(lengthOf(listen.ports))}, but ${formatPorts(ports)} of the target has ${count(lengthOf(ports))}`,
      remedy: remedy(listen.ports.first, ports.first, lengthOf(listen.ports)),
      path: listen.path,
      related: [target.path],
    }));
}

const count = (ports: number): string => (ports === 1 ? '1 port' : `${ports} ports`);

function remedy(listenFirst: number, targetFirst: number, length: number): string {
  const last = targetFirst + length - 1;
  if (targetFirst === listenFirst || last > 65535) return 'remove the port from the target, so that no port changes';
  return `write ${formatPorts({ first: targetFirst, last })} in the target, or remove its port, so that no port changes`;
}
