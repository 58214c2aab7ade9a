import type { Finding } from '../finding/finding.ts';
import { formatListen, formatTarget, type Forward } from '../model/model.ts';

const NAMES = { ip: 'IPv4', ip6: 'IPv6' } as const;

/** DNAT cannot translate between IPv4 and IPv6. */
export const checkFamilyMismatch = ({ family, listens, target }: Forward): Finding[] =>
  listens
    .filter((listen) => (listen.family ?? family) !== family)
    .map((listen) => ({
      code: 'forward/family-mismatch',
      message: `${formatListen(listen, listen.family ?? family)} is ${NAMES[listen.family ?? family]}, but the target ${formatTarget(target)} is ${NAMES[family]}`,
      remedy: `listen on an ${NAMES[family]} address, or add a separate forward to the ${NAMES[listen.family ?? family]} address of the service`,
      path: listen.path,
      related: [target.path],
    }));
