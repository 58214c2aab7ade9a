import type { Finding } from '../finding/finding.ts';
import { formatPorts, lengthOf, type Forward } from '../model/model.ts';

/** A shifted range keeps the offset of each port, so both sides are equally long (fact 7). */
export function checkRangeLength({ listens, target }: Forward): Finding[] {
  const { ports } = target;
  if (ports === undefined) return [];
  const length = lengthOf(ports);
  return listens
    .filter((listen) => lengthOf(listen.ports) !== length)
    .map((listen) => ({
      code: 'forward/range-length',
      message: `${formatPorts(listen.ports)} has ${count(lengthOf(listen.ports))} and the target's ${formatPorts(ports)} has ${count(lengthOf(ports))}`,
      remedy: remedy(listen.ports.first, ports.first, lengthOf(listen.ports)),
      path: listen.path,
      related: [target.path],
    }));
}

const count = (ports: number): string => (ports === 1 ? '1 port' : `${ports} ports`);

function remedy(listenFirst: number, targetFirst: number, length: number): string {
  const last = targetFirst + length - 1;
  if (targetFirst === listenFirst || last > 65535) return 'leave the port out of the target to keep every port';
  return `write ${formatPorts({ first: targetFirst, last })} in the target, or leave its port out to keep every port`;
}
