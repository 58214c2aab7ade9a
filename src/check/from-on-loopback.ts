import type { Finding } from '../finding/finding.ts';
import { isLoopback } from '../model/address.ts';
import type { Forward } from '../model/model.ts';

/** A listen in 127.0.0.0/8 can be reached only from this host, and `from` does not restrict this host. */
export const checkFromOnLoopback = ({ from, listens }: Forward): Finding[] =>
  from.length === 0
    ? []
    : listens
        .filter(({ family, address = '' }) => family === 'ip' && isLoopback(address))
        .map((listen) => ({
          code: 'from/pointless',
          message: `${listen.address} can be reached only from this host, and from never restricts this host`,
          remedy: 'move this listen to a forward of its own, without the key from',
          path: listen.path,
        }));
