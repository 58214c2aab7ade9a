import type { Nft } from '../../host/nft/nft.ts';
import { FORWARD_GUARD, TARGET_GUARD, UPLINK_GUARD } from '../../lower/guard/forward-guard.ts';
import { LATE_GUARD } from '../../lower/guard/late-guard.ts';
import { readOwnChains, type OwnChains } from './own-chains.ts';

/** The guard of the routing that portfwd turned on. Packets are counted since it was loaded. */
export interface RoutingGuard {
  /** The table that holds it. */
  readonly table: string;
  /** New connections that it dropped. A client that tries again counts again. */
  readonly dropped: number;
  /** Those among them that came from a network behind this host and did not go to the network of a target. */
  readonly fromInside: number;
}

/** Undefined: the kernel holds no guard, or may not be read. */
export async function readRoutingGuard(nft: Nft, own?: OwnChains): Promise<RoutingGuard | undefined> {
  for (const [name, chains] of own ?? (await readOwnChains(nft))) {
    if (!chains.includes(FORWARD_GUARD)) continue;
    const guards = [UPLINK_GUARD, TARGET_GUARD, LATE_GUARD].filter((chain) => chains.includes(chain));
    const [fromInside = 0, ...others] = await Promise.all(
      [FORWARD_GUARD, ...guards].map(async (chain) => nft.countedPackets(name, chain)),
    );
    return { table: name, dropped: others.reduce((sum, count) => sum + count, fromInside), fromInside };
  }
  return undefined;
}
