import { resolve } from 'node:path';
import { emitJson, type EmittedJson } from '../emit/json.ts';
import { isError } from '../finding/finding.ts';
import { escapeControls } from '../finding/quote.ts';
import type { Applied } from '../host/applied.ts';
import type { Prepared } from '../host/durable-file.ts';
import { asFailure, Failure } from '../host/failure.ts';
import type { Nft } from '../host/nft.ts';
import type { Window } from '../host/window.ts';
import { lower } from '../lower/lower.ts';
import type { HostFacts } from '../model/host-facts.ts';
import { enabledForwards, type Model } from '../model/model.ts';
import { adoptedText, saveForeign } from './adopt.ts';
import { awaitOutcome } from './await-outcome.ts';
import { blame } from './blame.ts';
import { bootChange } from './boot-change.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { formatFailure } from './format-failure.ts';
import { undo } from './go-back.ts';
import { asWarning, loadOnHost } from './host-findings.ts';
import { keep, keptAs } from './keep.ts';
import { lastApplied, lastConfirmed } from './last-applied.ts';
import { locked } from './locked.ts';
import { reportFindings, type LoadedModel } from './load-model.ts';
import { newsOf } from './news.ts';
import { statePathsOf, type StateOptions } from './options.ts';
import { rehearse } from './rehearse.ts';
import { replace } from './replace.ts';
import { requireForwarding } from './require-forwarding.ts';
import { retire } from './retire.ts';
import { wantedSysctls } from './wanted-sysctls.ts';
import { cancelWindow, openWindow, refuseOpenWindow, tooLate } from './window.ts';
import type { World } from './world.ts';

export interface ChangeOptions extends StateOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly enableForwarding?: boolean;
  /** Counts only for now, with `confirm`: whoever locks themselves out gets back in. */
  readonly force?: boolean;
  readonly keepConnections?: boolean;
  /** Replace a table of our name that portfwd did not make. */
  readonly adopt?: boolean;
  /** Seconds. */
  readonly confirm?: number;
}

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
  readonly window?: Window | undefined;
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
  const sound: Sound = { ...loaded, model, command, emitted, edited: text && { text, was } };
  return explained(sound, world.host.nft, async (): Promise<Done> => {
    if (options.dryRun === true)
      return { model, emitted, isWhole: await rehearse({ ...sound, isEdited: edit !== undefined }, options, world) };
    return { model, emitted, window: await lock(async () => load(sound, options, world)) };
  });
}

const isForced = ({ force, confirm, dryRun }: ChangeOptions): boolean =>
  force === true && (confirm !== undefined || dryRun === true);

type Sound = LoadedModel<HostFacts> & {
  readonly model: Model;
  readonly command: string;
  readonly emitted: EmittedJson;
  readonly edited: Window['edited'];
};

/** The file's new text is on disk before anything is loaded: what can fail for want of space fails then. */
async function load(sound: Sound, options: ChangeOptions, world: World): Promise<Window | undefined> {
  refuseOpenWindow(statePathsOf(options, world).lasting, world.host);
  const { file, edited } = sound;
  const prepared = edited && world.host.prepareConfigFile(file, edited.text);
  try {
    return await change(sound, prepared, options, world);
  } finally {
    prepared?.discard();
  }
}

/** The ruleset and its sysctls, the file, and then the flows that went another way until now. */
async function change(
  sound: Sound,
  prepared: Prepared | undefined,
  options: ChangeOptions,
  world: World,
): Promise<Window | undefined> {
  const { host } = world;
  const { model, facts, bytes, emitted, edited, file, command } = sound;
  const { volatile, lasting } = statePathsOf(options, world);
  const before = await (options.confirm === undefined ? lastApplied : lastConfirmed)(options, world);
  const wanted = await wantedSysctls(model, facts, host.sysctl.readRemembered(volatile), world);
  const now: Applied = { marker: emitted.marker, model: bytes, enableForwarding: options.enableForwarding === true };
  const about = { file: resolve(file), command, user: host.who(world.env), forwards: enabledForwards(model).length };
  const boot = await bootChange({ model, facts, wanted }, options, world);
  if (options.confirm !== undefined) boot?.discard();
  const window =
    options.confirm === undefined
      ? undefined
      : await openWindow({ ...about, now, before, edited, seconds: options.confirm, wanted }, options, world);
  try {
    const adopted = options.adopt === true ? await saveForeign(lasting, host) : undefined;
    await replace(emitted, wanted, volatile, host, adopted !== undefined);
    if (adopted !== undefined)
      world.err(`${options.json === true ? JSON.stringify({ adopted }) : adoptedText(adopted)}\n`);
    if (window !== undefined)
      await host.audit(`${command} by ${window.user}: loaded, waits to be confirmed, ${now.marker}`);
    else await keep({ ...about, ...keptAs(now) }, { file: prepared, boot }, options, world);
  } catch (error) {
    if (window === undefined) await undo(before, now, options, world, error);
    else await cancelWindow(window, options, world, error);
    throw error;
  } finally {
    boot?.discard();
  }
  const after = { bytes, forwards: enabledForwards(model) };
  await retire({ before, after, addresses: facts.addresses, keepConnections: options.keepConnections === true }, world);
  remember(now, volatile, world);
  return window;
}

/** It is loaded and kept; without this memory the history tells the same. */
function remember(now: Applied, directory: string, { host, err }: World): void {
  try {
    host.applied.write(directory, now);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    err(`${formatFailure(failure)}\n`);
  }
}

/** Adds the forward and its line to what nft says, where it can be found out. */
async function explained<T>({ model, facts, file, locate }: Sound, nft: Nft, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'rejected') throw error;
    const forward = await blame(model, facts, nft);
    if (forward === undefined) throw error;
    throw new Failure(
      'rejected',
      `nft refused the forward ${forward.name} (${file}:${locate(forward).line}); nothing was changed`,
      'change or remove that forward',
      error.detail,
    );
  }
}

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
