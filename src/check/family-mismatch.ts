import type { Finding } from '../finding/finding.ts';
import { formatListen, formatTarget, type Forward } from '../model/model.ts';

const NAMES = { ip: 'IPv4', ip6: 'IPv6' } as const;

/** Destination NAT keeps the family: a packet to an IPv4 address cannot leave for an IPv6 one. */
export const checkFamilyMismatch = ({ family, listens, target }: Forward): Finding[] =>
  listens
    .filter((listen) => (listen.family ?? family) !== family)
    .map((listen) => ({
      code: 'forward/family-mismatch',
      message: `${formatListen(listen, listen.family ?? family)} is ${NAMES[listen.family ?? family]} and the target ${formatTarget(target)} is ${NAMES[family]}`,
      remedy: `listen on an ${NAMES[family]} address, or name the service's ${NAMES[listen.family ?? family]} address as target of a forward of its own`,
      path: listen.path,
      related: [target.path],
    }));
