import { readForwardGuard, type RoutingBefore } from '../../diagnose/guard-in-kernel.ts';
import type { Nft } from '../../host/nft/nft.ts';
import { FORWARD_GUARD } from '../../lower/forward-guard.ts';
import { GUARD_TABLE } from '../../lower/guard-table.ts';
import { LOOPBACK_GUARD } from '../../lower/guards.ts';
import { TABLE } from '../../lower/lower.ts';

/** What the guard chains in the kernel say about the host before portfwd turned something on. */
export interface KernelGuard extends RoutingBefore {
  /** route_localnet is guarded. */
  readonly loopback: boolean;
}

export async function readKernelGuard(nft: Nft): Promise<KernelGuard> {
  const tables = await Promise.all(
    [TABLE, GUARD_TABLE].map(async ({ name }) => ({ name, chains: await nft.chainNames(name) })),
  );
  const holder = tables.find(({ chains }) => chains.includes(FORWARD_GUARD));
  return {
    ...readForwardGuard(holder === undefined ? [] : await nft.listChain(holder.name, FORWARD_GUARD)),
    loopback: tables.some(({ chains }) => chains.includes(LOOPBACK_GUARD)),
  };
}
