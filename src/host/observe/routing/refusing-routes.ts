import * as z from 'zod/mini';
import type { RefusingRoute } from '../../../doctor/evidence.ts';
import { ipJson } from '../ip-json.ts';
import { routeSchema, type Route } from '../ip-schema.ts';
import { prefixOf } from './routes.ts';

/** The routes and routing rules that refuse packets: unreachable, blackhole or prohibit. */
export async function readRefusingRoutes(): Promise<readonly RefusingRoute[]> {
  const found = await Promise.all((['-4', '-6'] as const).map(refusing));
  return found.flat();
}

const KINDS = ['unreachable', 'blackhole', 'prohibit'] as const;

async function refusing(option: '-4' | '-6'): Promise<RefusingRoute[]> {
  const ip = option === '-4' ? 'ip' : 'ip -6';
  const listings = KINDS.map((kind) => `route show table all type ${kind}`);
  const [routes, rules] = await Promise.all([
    ipJson([option], listings, routeSchema),
    ipJson([option], ['rule show'], ruleSchema),
  ]);
  return [...rules.flatMap((rule) => byRule(rule, ip)), ...routes.flatMap((route) => byRoute(route, ip))];
}

const ruleSchema = z.object({
  priority: z.number(),
  dst: z.optional(z.string()),
  dstlen: z.optional(z.number()),
  action: z.optional(z.string()),
});

function byRule({ priority, dst, dstlen, action = '' }: z.infer<typeof ruleSchema>, ip: string): RefusingRoute[] {
  if (dst === undefined || !isKind(action)) return [];
  const prefix = dstlen === undefined ? prefixOf(dst) : `${dst}/${dstlen}`;
  return [
    {
      prefix,
      text: `the routing rule "to ${prefix} ${action}"`,
      command: `${ip} rule del priority ${priority} to ${prefix}`,
    },
  ];
}

const isKind = (action: string): boolean => (KINDS as readonly string[]).includes(action);

/** The kernel has such routes of its own for lo. */
function byRoute({ type = '', dst, table = 'main', metric, dev }: Route, ip: string): RefusingRoute[] {
  if (!isKind(type) || dev === 'lo') return [];
  const every = ip === 'ip' ? '0.0.0.0/0' : '::/0';
  return [
    {
      prefix: dst === 'default' ? every : prefixOf(dst),
      text: `the route "${type} ${dst}" in table ${table}`,
      command: `${ip} route del ${type} ${dst} table ${table}${metric === undefined ? '' : ` metric ${metric}`}`,
    },
  ];
}
