import type { Finding } from '../finding/finding.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Claim } from './claim.ts';
import { formatForwards, formatSome } from './names.ts';

/** Nothing is sent to this host by an address that it has not; it may get it later, as a standby does. */
export function diagnoseAddressAbsent(claims: readonly Claim[], facts: HostFacts): Finding[] {
  const met = claims.filter(({ listen: { address } }) => address !== undefined && !isLocal(facts, address));
  const addresses = [...new Set(met.map(({ listen }) => listen.address ?? ''))];
  return met.slice(0, 1).map(({ listen }) => ({
    code: 'host/address-absent',
    message: `this host does not have ${formatSome(addresses)} now: nothing comes in there to ${formatForwards(met)}`,
    remedy: `correct the address, or let it be where the host gets ${addresses.length === 1 ? 'it' : 'them'} later`,
    path: listen.path,
  }));
}
