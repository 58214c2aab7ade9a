import { concernsPort } from '../../diagnose/binding.ts';
import { diagnose } from '../../diagnose/diagnose.ts';
import { isError, type Finding } from '../../finding/finding.ts';
import { targetsOf, type HostFacts } from '../../model/host-facts.ts';
import type { Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { OWN_TABLES } from './own-tables.ts';
import { asLoaded } from './enable-forwarding.ts';
import { keptModel } from './last-applied.ts';
import { withMarkedRoutes } from './marked-routes.ts';
import { askRoutes } from './observe-replies.ts';
import { readModel, type ReadFacts, type ReadModel } from './read-model.ts';
import { interfacesBefore } from '../sysctls/interfaces-before.ts';
import { savedSysctls } from '../sysctls/saved.ts';

export interface ReadOnHost extends ReadModel<HostFacts> {
  /** The model is loaded with --enable-forwarding, now or earlier. */
  readonly enableForwarding: boolean;
  /** Findings about the present state of the host; of a model without errors only. */
  readonly onHost: readonly Finding[];
}

interface HowToRead {
  /** The content that is about to be written. */
  readonly text?: Uint8Array | undefined;
  /** Undefined: as it was loaded last. */
  readonly enableForwarding?: boolean | undefined;
}

/**
 * As `readModel`, and observes the host meanwhile. The model is as it is loaded here. Works without rights, and knows
 * less then.
 */
export async function readOnHost(file: string, ctx: Context, how: HowToRead = {}): Promise<ReadOnHost> {
  const { host, env } = ctx;
  const reading = readModel(file, readFacts(ctx), host, how.text);
  const wants = reading.then(({ model }) => (model === undefined ? noPort : concernsPort(model)));
  const asking = reading.then(async ({ model, facts }) => model && askRoutes(model, facts, host));
  const [read, seen, asked] = await Promise.all([
    reading,
    host.readObservations({ ours: OWN_TABLES, wants, env }),
    asking,
  ]);
  const { model } = read;
  if (model === undefined || asked === undefined) return { ...read, enableForwarding: false, onHost: [] };
  const loaded = await asLoaded({ ...read, model }, how.enableForwarding, ctx);
  const observed = { ...seen, replies: asked.replies };
  const onHost = diagnose(loaded.model, asked.facts, observed);
  if (!onHost.some(isError)) return { ...read, ...loaded, onHost };
  // Only now, since reading another model takes time.
  const kept = await keptModel(ctx);
  return { ...read, ...loaded, onHost: kept ? diagnose(loaded.model, asked.facts, observed, kept) : onHost };
}

const noPort = (): boolean => false;

/** An error is a warning under --force, and if nothing is loaded. */
export const asWarning = (finding: Finding): Finding =>
  isError(finding) ? { ...finding, severity: 'warning' } : finding;

/** The host as it would be without portfwd, with the kernel's routes to the targets and to other addresses. */
export const readFacts =
  (ctx: Context, others: readonly string[] = []): ReadFacts<HostFacts> =>
  async (reading) => {
    const targets = reading.then((model) => [
      ...new Set([...(model === undefined ? [] : targetsOf(model)), ...others]),
    ]);
    const saved = await savedSysctls(ctx);
    const [facts, before] = await Promise.all([ctx.host.readHostFacts(saved, targets), interfacesBefore(saved, ctx)]);
    return withMarkedRoutes(withBefore(facts, before), await reading, ctx.host);
  };

const withBefore = (facts: HostFacts, before: readonly string[] | undefined): HostFacts =>
  before === undefined ? facts : { ...facts, forwarding: { ...facts.forwarding, before } };

export const readFactsFor = async (model: Model | undefined, ctx: Context): Promise<HostFacts> =>
  readFacts(ctx)(Promise.resolve(model));
