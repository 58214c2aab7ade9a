import type { Finding } from '../finding/finding.ts';
import { isLoopback } from '../model/address.ts';
import type { Forward } from '../model/model.ts';

/**
 * A listen in 127.0.0.0/8 can be reached only from this host, and `from` does not restrict this host. Without the key,
 * the other listens of the forward would be open to everyone.
 */
export function checkFromOnLoopback({ from, listens }: Forward): Finding[] {
  if (from.length === 0) return [];
  const local = listens.filter(({ family, address = '' }) => family === 'ip' && isLoopback(address));
  return local.map((listen) => ({
    code: 'from/pointless',
    message: `${listen.address} can be reached only from this host, and from never restricts this host`,
    remedy:
      local.length === listens.length
        ? 'remove the key from'
        : 'move this listen to a forward of its own, without the key from',
    path: listen.path,
  }));
}
