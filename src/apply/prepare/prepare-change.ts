import { resolve } from 'node:path';
import { emitJson, type EmittedJson } from '../../emit/json.ts';
import { changedParts } from '../../parts/parts.ts';
import { isError } from '../../finding/finding.ts';
import { lower } from '../../lower/lower.ts';
import { enabledForwards } from '../../model/model.ts';
import { bootStepIfEnabled } from '../boot/boot-step.ts';
import { openedBy, requireWatch } from '../boot/firewall-watch.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { BootStep, Change, ChangeRequest, FaultyModel } from '../change.ts';
import { requireNoPending } from '../confirm/pending.ts';
import type { Context } from '../context.ts';
import { isNewestGeneration } from '../steps/commit.ts';
import { previousDocument } from '../steps/restore.ts';
import { identityOf } from '../read/identity.ts';
import { readKernelTable, requireOwnTable, type KernelTable } from '../read/kernel-table.ts';
import { lastApplied, lastRestorable } from '../read/last-applied.ts';
import { loadedForwards, type Loaded } from '../read/loaded-forwards.ts';
import { asWarning, readOnHost } from '../read/read-on-host.ts';
import { isSame } from '../same-bytes.ts';
import { NO_SYSCTLS, planSysctls, type SysctlPlan } from '../sysctls/plan.ts';
import { requireForwarding } from '../sysctls/require-forwarding.ts';
import { savedSysctls } from '../sysctls/saved.ts';
import { placesToKeep } from './places-to-keep.ts';
import { inspectFileWrites, inspectKernelWrites } from './inspect-writes.ts';
import { collectRefusals, type Refusals } from './collect-refusals.ts';
import { requireFewRemovals } from './require-few-removals.ts';

/**
 * Works out everything that loading a model would do, and everything it would be refused for. Reads only: `plan` and
 * `--dry-run` print what comes out, `executeChange` does it. Throws a Failure if the file cannot be read.
 */
export async function prepareChange(request: ChangeRequest, ctx: Context): Promise<Change | FaultyModel> {
  const { file, edit } = request;
  const was = edit && ctx.host.readModelFilesToEdit(file);
  const text = request.text ?? edit?.(was);
  if (text !== undefined && !(text instanceof Uint8Array)) return { kind: 'faulty', file, source: 'edit', ...text };
  const how = { text, enableForwarding: request.enableForwarding };
  const { model, facts, bytes, locate, enableForwarding, ...read } = await readOnHost(file, ctx, how);
  const onHost = request.force === true ? read.onHost.map(asWarning) : read.onHost;
  const findings = [...read.findings, ...onHost];
  const faulty: FaultyModel = {
    kind: 'faulty',
    file,
    source: edit === undefined ? 'file' : 'edited',
    findings,
    locate,
  };
  if (model === undefined) return faulty;
  const edited =
    request.text !== undefined || text === undefined || isSame(text, was)
      ? undefined
      : { text, was, keep: was && request.replaces === true ? placesToKeep(file, { text, was }, ctx) : undefined };
  const hasErrors = findings.some(isError);
  if (hasErrors && request.despiteHost !== true) return faulty;
  const identity = identityOf(model, read.statedForwarding);
  const sound = { model, identity, enableForwarding, facts, bytes, locate, findings, edited };
  const change = await changeOf(request, sound, ctx);
  return hasErrors ? { ...faulty, change } : change;
}

type Sound = Pick<
  Change,
  'model' | 'identity' | 'enableForwarding' | 'facts' | 'bytes' | 'locate' | 'findings' | 'edited'
>;

/** The refusals are in the order in which the command would meet them. */
async function changeOf(request: ChangeRequest, read: Sound, ctx: Context): Promise<Change> {
  const { model, facts, bytes } = read;
  const { nft } = ctx.host;
  const { adopt = false, keepConnections = false } = request;
  const ruleset = emitJson(lower(model, facts));
  const { attempt, found: refusals } = collectRefusals();
  await attempt(async () => requireForwarding(model, facts, await savedSysctls(ctx)));
  await attempt(() => requireNoPending(ctx));
  const sysctls = await attempt(async () => planSysctls(model, facts, ctx));
  const table = await attempt(async () => readKernelTable(nft));
  // Without privileges the checks below cannot run, and the command would already have stopped.
  const visible = table && (await visibleParts(request, { ...read, ruleset, sysctls, table }, attempt, ctx));
  const previous = visible?.previous;
  return {
    kind: 'change',
    ...read,
    file: recordedFile(request),
    command: request.command,
    user: ctx.host.userName(ctx.env),
    ruleset,
    adopt,
    sysctls: sysctls ?? NO_SYSCTLS,
    table,
    previous,
    loaded: visible?.loaded?.forwards,
    boot: visible?.boot,
    flows: {
      before: previous,
      after: { bytes, forwards: enabledForwards(model) },
      addresses: facts.addresses,
      keepConnections,
    },
    confirm:
      request.confirm === undefined ? undefined : { seconds: request.confirm, rollback: visible?.rollback ?? '' },
    refusals,
  };
}

/** As the history has it. */
const recordedFile = ({ file, text }: ChangeRequest): string => (text === undefined ? resolve(file) : file);

interface Visible {
  readonly previous: Applied | undefined;
  readonly loaded: Loaded | undefined;
  readonly boot: BootStep | undefined;
  readonly rollback: string | undefined;
}

/** What only a process that may read the kernel can find out. */
async function visibleParts(
  request: ChangeRequest,
  seen: Seen,
  attempt: Refusals['attempt'],
  ctx: Context,
): Promise<Visible> {
  const { file, adopt, confirm } = request;
  const { model, enableForwarding, facts, bytes, edited, ruleset, sysctls, table } = seen;
  if (adopt !== true) await attempt(() => requireOwnTable(table));
  const last = confirm === undefined ? lastApplied : lastRestorable;
  const previous = await attempt(() => last(table, ctx));
  const loaded = await attempt(async () => loadedForwards(table, previous, seen, ctx));
  await attempt(async () => loaded && requireFewRemovals(request, seen, loaded));
  // Without the sysctls the boot files are not known either.
  const boot =
    sysctls &&
    (await attempt(async () => bootStepIfEnabled({ model, facts, required: sysctls.required, enableForwarding }, ctx)));
  const rollback =
    confirm === undefined
      ? undefined
      : await attempt(async () => previousDocument(table.kind === 'missing' ? undefined : previous, ctx));
  const { required, saved } = sysctls ?? NO_SYSCTLS;
  await attempt(() => requireWatch(openedBy(required, saved.after), boot !== undefined, ctx));
  await inspectKernelWrites(sysctls ?? NO_SYSCTLS, attempt, ctx);
  const generation = { marker: ruleset.marker, file: recordedFile(request), model: bytes };
  const writesNothing =
    confirm === undefined && edited === undefined && boot === undefined && isNewestGeneration(generation, ctx);
  const files = edited === undefined ? [] : changedParts(file, edited.text, edited.was).map(({ path }) => path);
  if (!writesNothing) await inspectFileWrites(files, attempt, ctx);
  return { previous, loaded, boot, rollback };
}

type Seen = Sound & {
  readonly ruleset: EmittedJson;
  readonly sysctls: SysctlPlan | undefined;
  readonly table: KernelTable;
};
