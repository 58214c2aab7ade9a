import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { locked } from '../../apply/lock.ts';
import type { StateOptions, World } from '../../apply/context.ts';
import { confirmWindow } from '../../apply/confirm/pending.ts';

/** Keeps what `--confirm` loaded for now. */
export async function confirm(options: StateOptions & { readonly json?: boolean }, world: World): Promise<ExitCode> {
  const { command, now } = await locked(options, world, async () => confirmWindow(options, world));
  if (options.json === true) world.out(`${JSON.stringify({ confirmed: true, command, marker: now.marker })}\n`);
  else world.out(`confirmed: ${command}\n`);
  return EXIT.ok;
}
