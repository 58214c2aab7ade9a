import type { Finding } from '../finding/finding.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';

/** `loopback: true` asks for 127.0.0.1, which has no IPv6 sibling and no interface. */
export function checkLoopback(forward: Forward, facts?: HostFacts): Finding[] {
  const { loopback, family, interfaces, masquerade, path, target, listens } = forward;
  const at = [...path, 'loopback'];
  if (loopback && family === 'ip6') {
    return [
      error(
        at,
        '::1 cannot be forwarded: the kernel routes nothing that comes from ::1',
        'remove loopback: true; the host reaches this forward through its other addresses',
      ),
    ];
  }
  if (loopback && interfaces.length > 0) {
    return [
      error(
        at,
        'what comes in through an interface never comes from 127.0.0.1',
        'remove loopback: true or the key interface',
      ),
    ];
  }
  const elsewhere = facts === undefined || !isLocal(facts, target.address);
  if (loopback && masquerade === 'never' && elsewhere) {
    return [
      error(
        at,
        'an answer to 127.0.0.1 comes back from another host only when the source is rewritten',
        'remove masquerade: never or loopback: true',
      ),
    ];
  }
  if (loopback || facts === undefined || !elsewhere) return [];
  return listens
    .filter(({ address }) => address?.startsWith('127.') === true)
    .map((listen) =>
      error(listen.path, `${listen.address} is left alone, since the target is another host`, 'add loopback: true'),
    );
}

const error = (path: Finding['path'], message: string, remedy: string): Finding => ({
  code: 'forward/loopback',
  message,
  remedy,
  path,
});
