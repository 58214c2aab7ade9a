import { removeBoot } from './disable.ts';
import { bootTarget } from '../../apply/boot/target.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { locked } from '../../apply/lock.ts';
import { statePathsOf, type StateOptions, type World } from '../../apply/context.ts';
import { retire } from '../../apply/end-flows.ts';
import { takeDown, type Taken } from '../../apply/remove.ts';
import { refuseOpenWindow } from '../../apply/confirm/pending.ts';

interface Options extends StateOptions {
  readonly json?: boolean;
  /** What loads at boot and the state as well. */
  readonly purge?: boolean;
}

interface Done {
  readonly taken: Taken;
  /** They come back. */
  readonly boot: boolean;
  /** What --purge leaves to its owner. */
  readonly stays: readonly string[];
}

/** Twice is fine. */
export async function down(options: Options, world: World): Promise<ExitCode> {
  const done = await locked(options, world, async () => {
    const taken = await remove(options, world);
    const stays = options.purge === true ? await purge(options, world) : [];
    const boot = world.host.boot.read(statePathsOf(options, world).stateDir) !== undefined;
    return { taken, boot, stays };
  });
  report(done, options, world);
  return EXIT.ok;
}

async function remove(options: Options, world: World): Promise<Taken> {
  const { host } = world;
  const { runtimeDir, stateDir } = statePathsOf(options, world);
  refuseOpenWindow(stateDir, host);
  const taken = await takeDown(runtimeDir, host);
  const before = host.applied.read(runtimeDir);
  if (before !== undefined)
    await retire({ before, after: { forwards: [] }, addresses: [], keepConnections: false }, world);
  host.applied.forget(runtimeDir);
  if (taken !== 'nothing') await host.syslog(`down by ${host.userName(world.env)}`);
  return taken;
}

/** The files with the forwards are somebody's work, and so is what they changed; they are named. */
async function purge(options: Options, world: World): Promise<string[]> {
  const { host } = world;
  const { stateDir } = statePathsOf(options, world);
  const models = new Set(host.history.list(stateDir).map(({ file }) => file));
  const boot = await removeBoot(bootTarget(options, world), world);
  const left = host.purgeState(statePathsOf(options, world));
  return [...models, ...left, ...(boot?.kept ?? [])].filter((path) => host.readConfigFileIfAny(path) !== undefined);
}

function report({ taken, boot, stays }: Done, { json, purge }: Options, { out }: World): void {
  if (json === true) {
    out(
      `${JSON.stringify({ removed: taken !== 'nothing', ...(boot ? { boot } : {}), ...(purge === true ? { stays } : {}) })}\n`,
    );
    return;
  }
  out(`${SAID[taken]}\n`);
  if (boot) out('they come back at boot, and when nftables is restarted; portfwd disable ends that\n');
  for (const path of stays) out(`${path} is yours, and stays\n`);
}

const SAID: Readonly<Record<Taken, string>> = {
  forwards: 'all forwards removed',
  sysctls: 'the forwards were gone already; the sysctls that they needed are as they were before',
  nothing: 'there was nothing to remove',
};
