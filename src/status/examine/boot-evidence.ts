import { bootState } from '../../apply/boot/state.ts';
import type { Context } from '../../apply/context.ts';
import { readKernelTable } from '../../apply/read/kernel-table.ts';
import { readOwnChains } from '../../apply/read/own-chains.ts';
import { unguardedSysctls } from '../../apply/sysctls/guards.ts';
import type { BootEvidence } from '../../doctor/evidence.ts';
import { ifKnown } from '../if-known.ts';

/** Undefined without the rights to ask the kernel. */
export const bootEvidence = async (
  guardDrops: number,
  enable: string,
  ctx: Context,
): Promise<BootEvidence | undefined> => ifKnown(read(guardDrops, enable, ctx));

async function read(guardDrops: number, enable: string, ctx: Context): Promise<BootEvidence> {
  const { nft, sysctl } = ctx.host;
  const chains = await readOwnChains(nft);
  const { enabled, problems } = bootState(await readKernelTable(nft, chains), ctx, enable);
  const names = [...chains.values()].flat();
  const unguarded = unguardedSysctls(sysctl.readSaved(ctx.state.runtimeDir), names, sysctl.read);
  return { enabled, problems, unguarded: [...unguarded], guardDrops };
}
