import { readForwardGuard, readInterfacesBefore, type RoutingBefore } from '../../diagnose/guard-in-kernel.ts';
import type { Nft } from '../../host/nft/nft.ts';
import { FORWARD_GUARD } from '../../lower/guard/forward-guard.ts';
import { LOOPBACK_GUARD } from '../../lower/guards.ts';
import { LATE_GUARD } from '../../lower/guard/late-guard.ts';
import { readOwnChains } from '../read/own-chains.ts';

/** What the guard chains in the kernel say about the host before portfwd turned something on. */
export interface KernelGuard extends RoutingBefore {
  /** route_localnet is guarded. */
  readonly loopback: boolean;
}

export async function readKernelGuard(nft: Nft): Promise<KernelGuard> {
  const tables = await readTables(nft);
  const holder = tables.find(holdsGuard);
  return {
    ...readForwardGuard(holder === undefined ? [] : await nft.listChain(holder.name, FORWARD_GUARD)),
    loopback: tables.some(({ chains }) => chains.includes(LOOPBACK_GUARD)),
  };
}

/**
 * The interfaces that were there when portfwd turned routing on: `saved` if no guard is loaded. Undefined: not known, since
 * an older portfwd loaded the guard.
 */
export async function readBefore(saved: readonly string[], nft: Nft): Promise<readonly string[] | undefined> {
  const holder = (await readTables(nft)).find(holdsGuard);
  if (holder === undefined) return saved.length === 0 ? undefined : saved;
  return holder.chains.includes(LATE_GUARD)
    ? readInterfacesBefore(await nft.listChain(holder.name, LATE_GUARD))
    : undefined;
}

interface Table {
  readonly name: string;
  readonly chains: readonly string[];
}

const readTables = async (nft: Nft): Promise<Table[]> =>
  [...(await readOwnChains(nft))].map(([name, chains]) => ({ name, chains }));

const holdsGuard = ({ chains }: Table): boolean => chains.includes(FORWARD_GUARD);
