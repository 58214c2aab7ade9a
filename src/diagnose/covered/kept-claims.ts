import { isLoopback } from '../../model/address.ts';
import { coversInterface } from '../../model/interface-name.ts';
import type { HostBinding } from '../binding.ts';
import { isWildcard, shadowOf, type Endpoint } from './shadows.ts';

/**
 * Whether bindings of the forwards that were kept last already take what `binding` takes from an endpoint. `kept` are
 * those that hide it. The target may be another one: the endpoint is hidden either way.
 */
export function isKeptClaim(binding: HostBinding, endpoint: Endpoint, kept: readonly HostBinding[]): boolean {
  const { interfaces } = binding.forward;
  const before = kept
    .filter((one) => shadowOf(one, endpoint) === 'clients' && takesAllOf(one, binding, endpoint))
    .map(({ forward }) => forward.interfaces);
  if (interfaces.length === 0) return before.some((names) => names.length === 0);
  return interfaces.every((name) =>
    before.some((names) => names.length === 0 || names.some((pattern) => coversInterface(pattern, name))),
  );
}

/** A socket on every address may be hidden on one of them, and reachable on the others. */
function takesAllOf(one: HostBinding, other: HostBinding, { address }: Endpoint): boolean {
  if (!isWildcard(address)) return true;
  return coversPlace(one, other) && (takesLoopback(one) || !takesLoopback(other));
}

const coversPlace = ({ listen: one }: HostBinding, { listen: other }: HostBinding): boolean =>
  (one.address === undefined && one.interface === undefined) ||
  (one.address === other.address &&
    (one.interface === other.interface ||
      (one.interface !== undefined &&
        other.interface !== undefined &&
        coversInterface(one.interface, other.interface))));

/** Connections of this host to 127.0.0.1. */
const takesLoopback = ({ forward, listen, local }: HostBinding): boolean =>
  forward.family === 'ip' &&
  forward.interfaces.length === 0 &&
  listen.interface === undefined &&
  (listen.address === undefined || isLoopback(listen.address)) &&
  (local || forward.loopback);
