import type { Finding } from '../finding/finding.ts';
import { isLoopback } from '../model/address.ts';
import type { Forward } from '../model/model.ts';

/** Only the host itself reaches a listen in 127.0.0.0/8, and whoever is on the host is not restricted. */
export const checkSourcesOfLoopback = ({ from, listens }: Forward): Finding[] =>
  from.length === 0
    ? []
    : listens
        .filter(({ family, address = '' }) => family === 'ip' && isLoopback(address))
        .map((listen) => ({
          code: 'from/pointless',
          message: `${listen.address} is reached from this host only, and from is about clients outside`,
          remedy: 'remove the key from, or give this listen a forward of its own',
          path: listen.path,
        }));
