import { join } from 'node:path';
import type { BootPlan } from '../../boot/boot-plan.ts';
import { isError } from '../../finding/finding.ts';
import { lower } from '../../lower/lower.ts';
import { emitJson } from '../../emit/json.ts';
import { egressIn, type HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Model } from '../../model/model.ts';
import { bootPlan, prepareBoot, type Bootable, type BootChange } from '../../apply/boot/prepare.ts';
import { bootTarget, type BootOptions, type BootTarget } from '../../apply/boot/target.ts';
import { factsFor, withoutFacts } from './compile.ts';
import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import { bootPlanJson, formatBootPlan } from '../format/boot-plan.ts';
import { asWarning, loadOnHost } from '../../apply/read-on-host.ts';
import { readKernelTable } from '../../apply/kernel-table.ts';
import { lastApplied } from '../../apply/last-applied.ts';
import { loadModel, reportFindings } from '../../apply/read-model.ts';
import { locked } from '../../apply/lock.ts';
import { statePathsOf, type World } from '../../apply/context.ts';
import { configPath, type ConfigOptions } from '../options.ts';
import { requireForwarding, wantedSysctls } from '../../apply/sysctls/required.ts';
import { refuseOpenWindow } from '../../apply/confirm/pending.ts';

interface Options extends ConfigOptions, BootOptions {
  readonly print?: boolean;
  readonly hostFacts?: string;
  readonly enableForwarding?: boolean;
}

/** Makes the forwards come back at boot; what is loaded now stays as it is. Once more is fine. */
export async function enable(file: string | undefined, options: Options, world: World): Promise<ExitCode> {
  const target = bootTarget(options, world);
  const work = async (): Promise<ExitCode> => {
    const bootable = await (target.root === '' ? readHere : readForTree)(
      fileOf(file, options, target, world),
      options,
      world,
    );
    if (bootable === undefined) return EXIT.findings;
    if (options.print === true) return print(bootPlan(bootable, target, world), options, world);
    if (target.root === '') refuseOpenWindow(target.stateDir, world.host);
    return install(bootable, target, options, world);
  };
  return target.root === '' && options.print !== true ? locked(options, world, work) : work();
}

const fileOf = (file: string | undefined, options: Options, { root }: BootTarget, world: World): string =>
  root === '' || file !== undefined || options.config !== undefined
    ? configPath(file, options, world)
    : join(root, configPath(undefined, {}, { ...world, env: {} }));

/** As apply would. */
async function readHere(file: string, options: Options, world: World): Promise<Bootable | undefined> {
  const loaded = await loadOnHost(file, options, world);
  const findings = [...loaded.findings, ...loaded.onHost.map(asWarning)];
  reportFindings({ ...loaded, findings }, options.json === true, world);
  const { model: read, facts, bytes } = loaded;
  if (read === undefined || findings.some(isError)) return undefined;
  const model = routing(read, options.enableForwarding === true || (await wasRouting(bytes, options, world)));
  requireForwarding(model, facts);
  const saved = world.host.sysctl.readSaved(statePathsOf(options, world).runtimeDir);
  return { model, facts, wanted: await wantedSysctls(model, facts, saved, world) };
}

const routing = (model: Model, enable: boolean): Model => (enable ? { ...model, forwarding: 'enable' } : model);

/** `apply --enable-forwarding` of the same file was. */
async function wasRouting(bytes: Uint8Array, options: Options, world: World): Promise<boolean> {
  const applied = await lastApplied(options, world);
  return applied?.enableForwarding === true && Buffer.compare(applied.model, bytes) === 0;
}

/** Nothing is known of the host but what is in the facts, and of this one nothing at all. */
async function readForTree(file: string, options: Options, world: World): Promise<Bootable | undefined> {
  const loaded = await loadModel(file, factsFor(options.hostFacts, world), world);
  const { facts } = loaded;
  const findings =
    facts === undefined && loaded.model !== undefined ? [...loaded.findings, withoutFacts] : loaded.findings;
  reportFindings({ ...loaded, findings }, options.json === true, world);
  if (loaded.model === undefined) return undefined;
  const model = routing(loaded.model, options.enableForwarding === true);
  if (facts === undefined) return { model, facts, wanted: [] };
  requireForwarding(model, facts);
  return { model, facts, wanted: await wantedSysctls(model, facts, {}, thatHost(facts, world)) };
}

const thatHost = (facts: HostFacts, world: World): World => ({
  ...world,
  host: {
    ...world.host,
    egressInterface: async (address) => egressIn(facts, address),
    sysctl: { ...world.host.sysctl, read: () => undefined },
  },
});

function print(plan: BootPlan, options: Options, { out }: World): ExitCode {
  out(options.json === true ? `${JSON.stringify(bootPlanJson(plan))}\n` : formatBootPlan(plan));
  return EXIT.ok;
}

async function install(bootable: Bootable, target: BootTarget, options: Options, world: World): Promise<ExitCode> {
  const plan = bootPlan(bootable, target, world);
  const change = await prepareBoot(bootable, target, world);
  try {
    change.commit();
  } finally {
    change.discard();
  }
  await change.settle();
  const forwards = enabledForwards(bootable.model).length;
  const loaded = target.root === '' && (await isLoaded(bootable, world));
  await world.host.syslog(`enable by ${world.host.userName(world.env)}: ${forwards} forwards`);
  report({ plan, change, forwards, loaded }, target, options, world);
  return EXIT.ok;
}

async function isLoaded({ model, facts }: Bootable, { host }: World): Promise<boolean> {
  const table = await readKernelTable(host.nft);
  return table.kind === 'ours' && table.marker === emitJson(lower(model, facts)).marker;
}

interface Done {
  readonly plan: BootPlan;
  readonly change: BootChange;
  readonly forwards: number;
  readonly loaded: boolean;
}

function report({ plan, change, forwards, loaded }: Done, { root }: BootTarget, options: Options, world: World): void {
  if (options.json === true) {
    const { how, files, notes } = plan;
    const paths = files.map(({ path }) => join(root, path));
    world.out(
      `${JSON.stringify({ enabled: true, how, forwards, loaded, files: paths, notes, warnings: change.warnings })}\n`,
    );
    return;
  }
  for (const warning of change.warnings) world.err(`portfwd: boot: ${warning}\n`);
  for (const note of plan.notes) world.out(`${note}\n`);
  world.out(`${forwards} ${forwards === 1 ? 'forward comes' : 'forwards come'} back at boot\n`);
  if (root === '' && !loaded) world.out('the kernel holds something else now; portfwd apply loads them\n');
}
