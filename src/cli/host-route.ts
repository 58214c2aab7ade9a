import { isLocal, onLinkPrefix, type HostFacts } from '../model/host-facts.ts';
import type { Route } from '../simulate/packet.ts';

/** Routing as far as the facts tell: what has a gateway goes out through an interface that they do not name. */
export const hostRoute =
  (facts: HostFacts): Route =>
  (address) => {
    if (isLocal(facts, address) || address === '::1') return { local: true, oifname: 'lo' };
    const prefix = onLinkPrefix(facts, address);
    return { local: false, oifname: facts.onLink.find((route) => route.prefix === prefix)?.interface };
  };
