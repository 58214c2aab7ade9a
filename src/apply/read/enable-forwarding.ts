import { asFailure } from '../../failure/failure.ts';
import type { Applied } from '../../host/state/applied.ts';
import type { Model } from '../../model/model.ts';
import type { ParsedModel } from '../../parse/model.ts';
import type { Context } from '../context.ts';
import { enabledHere } from '../boot/enabled-here.ts';
import { isSame } from '../same-bytes.ts';
import { readKernelTable } from './kernel-table.ts';
import { lastApplied } from './last-applied.ts';
import { parseBytes } from './read-model.ts';

interface Read {
  readonly model: Model;
  readonly bytes: Uint8Array;
  readonly statedForwarding: ParsedModel['statedForwarding'];
}

export interface Loadable {
  readonly model: Model;
  /** The model has `forwarding: enable` because of --enable-forwarding, now or earlier. */
  readonly enableForwarding: boolean;
}

/**
 * The model as it is loaded on this host. If a command does not say, --enable-forwarding holds as it was last given to
 * `apply` or `enable`, until the key `forwarding` of the file changes, or until `down`.
 */
export async function asLoaded(read: Read, asked: boolean | undefined, ctx: Context): Promise<Loadable> {
  const enableForwarding = asked ?? (await isStillInForce(read, ctx));
  return { model: enableForwarding ? { ...read.model, forwarding: 'enable' } : read.model, enableForwarding };
}

async function isStillInForce({ bytes, statedForwarding }: Read, ctx: Context): Promise<boolean> {
  const { applied, atBoot } = await readRecords(ctx);
  if (applied?.enableForwarding !== true) return statedForwarding === undefined && atBoot;
  if (statedForwarding === undefined || isSame(applied.model, bytes)) return true;
  return (await parseBytes(applied.model)).statedForwarding === statedForwarding;
}

interface Records {
  readonly applied: Applied | undefined;
  /** The forwards are loaded at boot with --enable-forwarding. */
  readonly atBoot: boolean;
}

/** Nothing is known if this process may read neither the state nor the kernel. */
async function readRecords(ctx: Context): Promise<Records> {
  const { host, state } = ctx;
  const recorded = host.applied.read(state.runtimeDir);
  try {
    const atBoot = enabledHere(ctx)?.enableForwarding === true;
    const isFirst = recorded === undefined && host.history.newest(state.stateDir) === undefined;
    const isKnown = isFirst || recorded?.network !== undefined;
    return { applied: isKnown ? recorded : lastApplied(await readKernelTable(host.nft), ctx), atBoot };
  } catch (error) {
    if (asFailure(error) === undefined) throw error;
    return { applied: recorded, atBoot: false };
  }
}
