import { concernsPort } from '../../diagnose/binding.ts';
import { diagnose } from '../../diagnose/diagnose.ts';
import type { Finding } from '../../finding/finding.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Forward, Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { OWN_TABLES } from './own-tables.ts';
import { askRoutes } from './observe-replies.ts';

/** One client of a forward, and the interface through which it comes in, if that is known. */
interface Client {
  readonly source: string;
  readonly iifname?: string | undefined;
}

export interface ClientWarnings {
  /** What other programs on this host do with its packets before or after the forward. */
  readonly warnings: readonly Finding[];
  /** Why the reply to it may not come back through this host, if its address stays. */
  readonly doubts: readonly Finding[];
}

/** What `check` warns of, for this client alone. */
export async function clientWarnings(
  model: Model,
  forward: Forward,
  { source, iifname }: Client,
  facts: HostFacts,
  { host, env }: Context,
): Promise<ClientWarnings> {
  const interfaces = iifname === undefined ? forward.interfaces : [iifname];
  const only = { ...model, forwards: [{ ...forward, from: [source], interfaces }] };
  const [seen, asked] = await Promise.all([
    host.readObservations({ ours: OWN_TABLES, wants: Promise.resolve(concernsPort(only)), env }),
    askRoutes(only, facts, host),
  ]);
  const found = diagnose(only, asked.facts, { ...seen, replies: asked.replies });
  return {
    warnings: found.filter(({ code }) => OF_OTHERS.has(code)),
    doubts: found.filter(({ code }) => code === 'host/return-path'),
  };
}

const OF_OTHERS: ReadonlySet<string> = new Set([
  'host/nat-chain-rival',
  'host/forward-dropped',
  'host/input-dropped',
  'host/rp-filter',
]);
