import { diagnose } from '../../diagnose/diagnose.ts';
import type { Finding } from '../../finding/finding.ts';
import { TABLE } from '../../lower/lower.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Forward, Model } from '../../model/model.ts';
import type { Context } from '../context.ts';
import { askRoutes } from './observe-replies.ts';

/** One client of a forward, and the interface through which it comes in, if that is known. */
interface Client {
  readonly source: string;
  readonly iifname?: string | undefined;
}

/** Why the reply to this client may not come back through this host. */
export async function replyDoubts(
  model: Model,
  forward: Forward,
  { source, iifname }: Client,
  facts: HostFacts,
  { host, env }: Context,
): Promise<Finding[]> {
  const interfaces = iifname === undefined ? forward.interfaces : [iifname];
  const only = { ...model, forwards: [{ ...forward, from: [source], interfaces }] };
  const [seen, asked] = await Promise.all([
    host.readObservations({ ours: TABLE, wants: Promise.resolve(() => false), env }),
    askRoutes(only, facts, host),
  ]);
  const found = diagnose(only, asked.facts, { ...seen, replies: asked.replies });
  return found.filter(({ code }) => code === 'host/return-path');
}
