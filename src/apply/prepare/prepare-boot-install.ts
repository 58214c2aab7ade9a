import type { Finding } from '../../finding/finding.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import { enabledForwards, type Model } from '../../model/model.ts';
import type { Bootable } from '../boot/boot-content.ts';
import { planBootFiles, prepareBootStep } from '../boot/boot-step.ts';
import { thisHost, type BootTarget } from '../boot/target.ts';
import type { BootInstall, FaultyModel, FileFindings } from '../change.ts';
import { requireNoPending } from '../confirm/pending.ts';
import type { Context } from '../context.ts';
import { readModel, type ReadFacts } from '../read/read-model.ts';
import { asWarning, readOnHost } from '../read/read-on-host.ts';
import { NO_SYSCTLS, planSysctls } from '../sysctls/plan.ts';
import { requireForwarding } from '../sysctls/require-forwarding.ts';
import { savedSysctls } from '../sysctls/saved.ts';
import { requiredSysctls } from '../sysctls/required.ts';
import { publishedSysctls } from '../sysctls/route-localnet.ts';
import { collectRefusals, type Refusals } from './collect-refusals.ts';

interface Request {
  readonly file: string;
  readonly enableForwarding: boolean;
}

/** What `enable` would do to this host, and what it would be refused for. Reads only. */
export async function prepareBootInstall(request: Request, ctx: Context): Promise<BootInstall | FaultyModel> {
  const { file } = request;
  const read = await readOnHost(file, ctx, { enableForwarding: request.enableForwarding || undefined });
  const { model, facts, enableForwarding, locate } = read;
  const findings = [...read.findings, ...read.onHost.map(asWarning)];
  if (model === undefined) return faulty(file, { findings, locate });
  const refusals = collectRefusals();
  const { attempt } = refusals;
  await attempt(async () => requireForwarding(model, facts, await savedSysctls(ctx)));
  const { required } = (await attempt(async () => planSysctls(model, facts, ctx))) ?? NO_SYSCTLS;
  await attempt(() => requireNoPending(ctx));
  const bootable: Bootable = { model, facts, required, enableForwarding };
  return { ...(await install(bootable, thisHost(ctx), refusals, ctx)), file, findings, locate };
}

/** The same for the host that a directory tree becomes: nothing is known of it but the facts. */
export async function prepareTreeInstall(
  { file, enableForwarding }: Request,
  readFacts: ReadFacts<HostFacts | undefined>,
  withoutFacts: Finding,
  target: BootTarget,
  ctx: Context,
): Promise<BootInstall | FaultyModel> {
  const read = await readModel(file, readFacts, ctx.host);
  const { model, locate } = read;
  const findings = read.facts === undefined && model !== undefined ? [...read.findings, withoutFacts] : read.findings;
  if (model === undefined) return faulty(file, { findings, locate });
  const refusals = collectRefusals();
  const loaded: Model = enableForwarding ? { ...model, forwarding: 'enable' } : model;
  const required = (await refusals.attempt(async () => requiredThere(loaded, read.facts))) ?? [];
  const bootable: Bootable = { model: loaded, facts: read.facts, required, enableForwarding };
  return { ...(await install(bootable, target, refusals, ctx)), file, findings, locate };
}

const faulty = (file: string, found: FileFindings): FaultyModel => ({ kind: 'faulty', source: 'file', file, ...found });

async function requiredThere(model: Model, facts: HostFacts | undefined): Promise<Bootable['required']> {
  if (facts === undefined) return publishedSysctls(enabledForwards(model), facts, readNothing);
  requireForwarding(model, facts);
  return requiredSysctls(model, facts, {}, readNothing);
}

/** That host is not running. */
const readNothing = (): undefined => undefined;

async function install(
  bootable: Bootable,
  target: BootTarget,
  { attempt, found }: Refusals,
  ctx: Context,
): Promise<Omit<BootInstall, 'file' | 'findings' | 'locate'>> {
  const planned = await attempt(() => planBootFiles(bootable, target, ctx));
  const boot = planned && (await attempt(async () => prepareBootStep(planned, bootable, target, ctx)));
  const forwards = enabledForwards(bootable.model).length;
  return { kind: 'boot', user: ctx.host.userName(ctx.env), forwards, plan: planned?.plan, boot, refusals: found };
}
