import { installBoot } from '../boot/install.ts';
import type { BootInstall } from '../change.ts';
import type { Context } from '../context.ts';
import { requireAllowed } from '../prepare/collect-refusals.ts';

/** Writes the boot files. What is loaded now stays as it is. Throws the first refusal. */
export async function executeBootInstall(install: BootInstall, ctx: Context): Promise<void> {
  requireAllowed(install);
  if (install.boot === undefined) throw new Error('there are no boot files, and no refusal says why');
  const files = installBoot(install.boot, ctx);
  try {
    files.commit();
  } finally {
    files.discard();
  }
  await files.startService();
  await ctx.host.syslog(`enable by ${install.user}: ${install.forwards} forwards`);
}
