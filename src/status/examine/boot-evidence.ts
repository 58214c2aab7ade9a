import { bootState } from '../../apply/boot/state.ts';
import type { Context } from '../../apply/context.ts';
import { readKernelTable } from '../../apply/read/kernel-table.ts';
import { unguardedSysctls } from '../../apply/sysctls/guards.ts';
import type { BootEvidence } from '../../doctor/evidence.ts';
import { GUARD_TABLE } from '../../lower/guard/guard-table.ts';
import { TABLE } from '../../lower/lower.ts';
import { ifKnown } from '../if-known.ts';

/** Undefined without the rights to ask the kernel. */
export const bootEvidence = async (
  guardDrops: number,
  enable: string,
  ctx: Context,
): Promise<BootEvidence | undefined> => ifKnown(read(guardDrops, enable, ctx));

async function read(guardDrops: number, enable: string, ctx: Context): Promise<BootEvidence> {
  const { nft, sysctl } = ctx.host;
  const { enabled, problems } = bootState(await readKernelTable(nft), ctx, enable);
  const chains = [...(await nft.chainNames(TABLE.name)), ...(await nft.chainNames(GUARD_TABLE.name))];
  const unguarded = unguardedSysctls(sysctl.readSaved(ctx.state.runtimeDir), chains, sysctl.read);
  return { enabled, problems, unguarded: [...unguarded], guardDrops };
}
