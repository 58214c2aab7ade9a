import type { Finding } from '../finding/finding.ts';
import { isLoopback } from '../model/address.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward, Listen } from '../model/model.ts';
import { isPublished } from '../model/published.ts';

/**
 * `loopback: true` forwards connections to 127.0.0.1 to another host, or those from outside to a target in 127.0.0.0/8.
 * It cannot be used for ::1. The first use excludes `interface`. Without it, a listen in 127.0.0.0/8 needs a target on
 * this host.
 */
export function checkLoopback(forward: Forward, facts?: HostFacts): Finding[] {
  const { loopback, family, interfaces, masquerade, path, target, listens } = forward;
  if (!loopback) return facts === undefined || isLocal(facts, target.address) ? [] : notForwarded(listens);
  const at = [...path, 'loopback'];
  if (family === 'ip6') {
    // check/target-address.ts reports the target ::1.
    if (isLoopback(target.address)) return [];
    return [
      error(
        at,
        '::1 cannot be forwarded: the kernel never routes packets from ::1',
        'remove loopback: true; this host can use the forward with its other addresses',
      ),
    ];
  }
  if (isPublished(forward)) return [];
  if (interfaces.length > 0) {
    return [
      error(
        at,
        'loopback: true has no effect: packets from 127.0.0.1 never arrive on an interface',
        'remove loopback: true; to forward 127.0.0.1, too, add a separate forward that listens on it',
      ),
    ];
  }
  if (listens.every((listen) => listen.interface !== undefined)) {
    return [
      error(
        at,
        'loopback: true has no effect: 127.0.0.1 is not an address of the interfaces that this forward listens on',
        'remove loopback: true, or add a listen on 127.0.0.1',
      ),
    ];
  }
  if (masquerade === 'never' && (facts === undefined || !isLocal(facts, target.address))) {
    return [
      error(
        at,
        'loopback: true needs masquerading: another host cannot reply to 127.0.0.1',
        'remove masquerade: never or loopback: true',
      ),
    ];
  }
  return [];
}

const notForwarded = (listens: readonly Listen[]): Finding[] =>
  listens
    .filter(({ family, address = '' }) => family === 'ip' && isLoopback(address))
    .map((listen) =>
      error(
        listen.path,
        `${listen.address} is not forwarded, because the target is another host`,
        'add loopback: true',
      ),
    );

const error = (path: Finding['path'], message: string, remedy: string): Finding => ({
  code: 'forward/loopback',
  message,
  remedy,
  path,
});
