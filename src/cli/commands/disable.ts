import { join } from 'node:path';
import type { Removed } from '../../host/boot/remove.ts';
import { bootTarget, type BootOptions, type BootTarget } from '../../apply/boot/target.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { locked } from '../../apply/lock.ts';
import type { World } from '../../apply/context.ts';

/** Undoes what `enable` wrote; what is loaded now stays. Twice is fine. */
export async function disable(options: BootOptions & { readonly json?: boolean }, world: World): Promise<ExitCode> {
  const target = bootTarget(options, world);
  const work = async (): Promise<Removed | undefined> => removeBoot(target, world);
  const done = target.root === '' ? await locked(options, world, work) : await work();
  for (const path of done?.kept ?? []) world.err(keptText(join(target.root, path)));
  if (options.json === true)
    world.out(
      `${JSON.stringify({ disabled: done !== undefined, removed: done?.removed ?? [], kept: done?.kept ?? [] })}\n`,
    );
  else world.out(done === undefined ? 'nothing was enabled\n' : 'the forwards do not come back at boot any more\n');
  return EXIT.ok;
}

const keptText = (path: string): string => `portfwd: ${path} was changed since portfwd wrote it, and stays\n`;

/** Call under the lock. */
export async function removeBoot({ root, stateDir }: BootTarget, { host, env }: World): Promise<Removed | undefined> {
  const done = host.boot.remove(root, stateDir);
  if (done === undefined || root !== '') return done;
  if (host.boot.systemdIsHere()) await host.boot.systemctl('daemon-reload');
  await host.syslog(`disable by ${host.userName(env)}`);
  return done;
}
