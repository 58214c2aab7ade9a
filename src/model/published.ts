import { isLoopback } from './address.ts';
import type { Forward, Listen } from './model.ts';

/**
 * Clients outside reach a service that listens only in 127.0.0.0/8 (docs/netfilter.md, fact 32). A listen in
 * 127.0.0.0/8 does not count, since only this host can connect to it.
 */
export const isPublished = ({ family, loopback, target, listens }: Forward): boolean =>
  loopback && family === 'ip' && isLoopback(target.address) && listens.some(isForOthers);

const isForOthers = ({ address = '' }: Listen): boolean => !isLoopback(address);
