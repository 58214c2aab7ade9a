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
  src: z.optional(z.string()),
  srclen: z.optional(z.number()),
  action: z.optional(z.string()),
});

function byRule(rule: z.infer<typeof ruleSchema>, ip: string): RefusingRoute[] {
  const { priority, action = '' } = rule;
  const [to, from] = [selector(rule.dst, rule.dstlen), selector(rule.src, rule.srclen)];
  if ((to === undefined && from === undefined) || !isKind(action)) return [];
  const words = [...(from === undefined ? [] : [`from ${from}`]), ...(to === undefined ? [] : [`to ${to}`])].join(' ');
  return [
    {
      prefix: to ?? every(ip),
      ...(from === undefined ? {} : { from }),
      text: `the routing rule "${words} ${action}"`,
      command: `${ip} rule del priority ${priority} ${words}`,
    },
  ];
}

const selector = (address: string | undefined, length: number | undefined): string | undefined =>
  address === undefined || address === 'all'
    ? undefined
    : length === undefined
      ? prefixOf(address)
      : `${address}/${length}`;

const every = (ip: string): string => (ip === 'ip' ? '0.0.0.0/0' : '::/0');

const isKind = (action: string): boolean => (KINDS as readonly string[]).includes(action);

/** The kernel has such routes of its own for lo. */
function byRoute({ type = '', dst, table = 'main', metric, dev }: Route, ip: string): RefusingRoute[] {
  if (!isKind(type) || dev === 'lo') return [];
  return [
    {
      prefix: dst === 'default' ? every(ip) : prefixOf(dst),
      text: `the route "${type} ${dst}" in table ${table}`,
      command: `${ip} route del ${type} ${dst} table ${table}${metric === undefined ? '' : ` metric ${metric}`}`,
    },
  ];
}
