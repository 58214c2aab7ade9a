import type { Finding } from '../finding/finding.ts';
import { isLoopback } from '../model/address.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward, Listen } from '../model/model.ts';

/** `loopback: true` asks for 127.0.0.1, which has no IPv6 sibling and no interface. */
export function checkLoopback(forward: Forward, facts?: HostFacts): Finding[] {
  const { loopback, family, interfaces, masquerade, path, target, listens } = forward;
  if (!loopback) return facts === undefined || isLocal(facts, target.address) ? [] : leftAlone(listens);
  const at = [...path, 'loopback'];
  if (family === 'ip6') {
    return [
      error(
        at,
        '::1 cannot be forwarded: the kernel routes nothing that comes from ::1',
        'remove loopback: true; the host reaches this forward through its other addresses',
      ),
    ];
  }
  if (interfaces.length > 0) {
    return [
      error(
        at,
        'what comes in through an interface never comes from 127.0.0.1',
        'remove loopback: true or the key interface',
      ),
    ];
  }
  if (masquerade === 'never' && (facts === undefined || !isLocal(facts, target.address))) {
    return [
      error(
        at,
        'an answer to 127.0.0.1 comes back from another host only when the source is rewritten',
        'remove masquerade: never or loopback: true',
      ),
    ];
  }
  return [];
}

const leftAlone = (listens: readonly Listen[]): Finding[] =>
  listens
    .filter(({ family, address = '' }) => family === 'ip' && isLoopback(address))
    .map((listen) =>
      error(listen.path, `${listen.address} is left alone, since the target is another host`, 'add loopback: true'),
    );

const error = (path: Finding['path'], message: string, remedy: string): Finding => ({
  code: 'forward/loopback',
  message,
  remedy,
  path,
});
