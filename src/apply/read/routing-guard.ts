import type { Nft } from '../../host/nft/nft.ts';
import { FORWARD_GUARD, TARGET_GUARD, UPLINK_GUARD } from '../../lower/guard/forward-guard.ts';
import { GUARD_TABLE } from '../../lower/guard/guard-table.ts';
import { LATE_GUARD } from '../../lower/guard/late-guard.ts';
import { TABLE } from '../../lower/lower.ts';

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
export async function readRoutingGuard(nft: Nft): Promise<RoutingGuard | undefined> {
  for (const { name } of [TABLE, GUARD_TABLE]) {
    const chains = await nft.chainNames(name);
    if (!chains.includes(FORWARD_GUARD)) continue;
    const fromInside = await nft.countedPackets(name, FORWARD_GUARD);
    let dropped = fromInside;
    for (const chain of [UPLINK_GUARD, TARGET_GUARD, LATE_GUARD])
      if (chains.includes(chain)) dropped += await nft.countedPackets(name, chain);
    return { table: name, dropped, fromInside };
  }
  return undefined;
}
