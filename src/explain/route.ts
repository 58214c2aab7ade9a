import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { egressOf } from '../model/routes.ts';
import type { Route } from '../simulate/packet.ts';

/** Routing as far as the facts tell: those of an older portfwd do not name the interface of what has a gateway. */
export const hostRoute =
  (facts: HostFacts): Route =>
  (address) => {
    if (isLocal(facts, address)) return { local: true, oifname: 'lo' };
    return { local: false, oifname: egressOf(facts, address) };
  };
