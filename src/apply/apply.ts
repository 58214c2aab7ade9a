import { emitJson, type EmittedJson } from '../emit/json.ts';
import { isError } from '../finding/finding.ts';
import { escapeControls } from '../finding/quote.ts';
import type { PendingChange } from '../host/state/pending-change.ts';
import { lower } from '../lower/lower.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import { awaitOutcome } from './confirm/wait.ts';
import { explained } from './blame.ts';
import type { Change, ChangeOptions } from './change.ts';
import { EXIT, type ExitCode } from '../report/exit-code.ts';
import { asWarning, loadOnHost } from './read-on-host.ts';
import { loadChange } from './load.ts';
import { locked } from './lock.ts';
import { reportFindings } from './read-model.ts';
import { newsOf } from './new-notes.ts';
import { rehearse } from './dry-run.ts';
import { requireForwarding } from './sysctls/required.ts';
import { tooLate } from './confirm/pending.ts';
import type { World } from './context.ts';

export interface Proposal {
  /** The model file. */
  readonly file: string;
  /** As the history shows it: `add 6000 192.168.0.2:5000`. */
  readonly command: string;
  /**
   * From the file's text (undefined: there is no file) to its new one; undefined when it cannot be done, and why
   * has been said. Without it the file is loaded as it is.
   */
  readonly edit?: (current: Uint8Array | undefined) => Uint8Array | undefined;
}

type Lock = <T>(work: () => Promise<T>) => Promise<T>;

/** By us, already. */
const held: Lock = async (work) => work();

/**
 * Brings a model into the kernel: read, edit, check, load; only then is the file replaced, and a generation
 * kept. Whatever fails, kernel and file are as before. With `confirm` the change stays only when it is confirmed.
 */
export async function changeModel(proposal: Proposal, options: ChangeOptions, world: World): Promise<ExitCode> {
  const lock: Lock = async (work) => locked(options, world, work);
  // What is read, edited and written back is nobody else's meanwhile. A file as it is can be checked without rights.
  const done =
    proposal.edit === undefined || options.dryRun === true
      ? await propose(proposal, options, lock, world)
      : await lock(async () => propose(proposal, options, held, world));
  if (typeof done === 'number') return done;
  const kept = done.window === undefined || (await awaitOutcome(done.window, options, world)) === EXIT.ok;
  if (!kept) throw tooLate();
  report(done, options, world);
  return EXIT.ok;
}

interface Done {
  readonly model: Model;
  readonly emitted: EmittedJson;
  readonly window?: PendingChange | undefined;
  /** Of a dry run: everything could be looked at. */
  readonly isWhole?: boolean;
}

async function propose(
  { file, command, edit }: Proposal,
  options: ChangeOptions,
  lock: Lock,
  world: World,
): Promise<Done | ExitCode> {
  const was = edit && world.host.readConfigFileIfAny(file);
  const text = edit?.(was);
  if (edit !== undefined && text === undefined) return EXIT.findings;
  const loaded = await loadOnHost(file, options, world, text);
  const onHost = isForced(options) ? loaded.onHost.map(asWarning) : loaded.onHost;
  const findings = [...loaded.findings, ...onHost];
  if (loaded.model === undefined || findings.some(isError)) {
    reportFindings({ ...loaded, findings }, options.json === true, world);
    if (edit !== undefined && options.json !== true)
      world.err(`${escapeControls(file)} was not changed; the lines are those that it would have had\n`);
    return EXIT.findings;
  }
  const model: Model = options.enableForwarding === true ? { ...loaded.model, forwarding: 'enable' } : loaded.model;
  const emitted = emitJson(lower(model, loaded.facts));
  const news = newsOf(findings, () => emitted.marker, options, world);
  reportFindings({ ...loaded, findings: news }, options.json === true, world);
  requireForwarding(model, loaded.facts);
  const change: Change = { ...loaded, model, command, emitted, edited: text && { text, was } };
  return explained(change, world.host.nft, async (): Promise<Done> => {
    if (options.dryRun === true)
      return { model, emitted, isWhole: await rehearse({ ...change, isEdited: edit !== undefined }, options, world) };
    return { model, emitted, window: await lock(async () => loadChange(change, options, world)) };
  });
}

const isForced = ({ force, confirm, dryRun }: ChangeOptions): boolean =>
  force === true && (confirm !== undefined || dryRun === true);

function report(
  { model, emitted: { marker }, isWhole = true }: Done,
  { dryRun = false, json }: ChangeOptions,
  { out, err }: World,
): void {
  const count = enabledForwards(model).length;
  const unseen = isWhole ? {} : { unchecked: ['kernel', 'state'] };
  if (json === true) out(`${JSON.stringify({ applied: !dryRun, forwards: count, marker, ...unseen })}\n`);
  else out(`${count} ${count === 1 ? 'forward' : 'forwards'} ${dryRun ? 'would be loaded' : 'loaded'}\n`);
  if (!isWhole && json !== true) err(`${NOT_WHOLE}\n`);
}

const NOT_WHOLE =
  "portfwd: note: without rights apply would be refused, and neither the kernel's tables nor the state directory could be looked at; run as root, or with CAP_NET_ADMIN [permission]";
