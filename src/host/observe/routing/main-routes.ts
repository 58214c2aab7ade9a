import * as z from 'zod/mini';
import type { HostFacts } from '../../../model/host-facts.ts';
import type { Family } from '../../../model/model.ts';
import type { RuleService } from '../../../model/routing/services.ts';
import { ipJson } from '../ip-json.ts';
import { routeSchema, ruleSchema, type Route, type Rule } from '../ip-schema.ts';
import { readNearRoutes } from './saved-routes.ts';
import type { Surroundings } from './areas.ts';
import { prefixOf, routedPrefixes } from './routes.ts';
import { ruleServiceOf } from './services.ts';

/** What matters of the routes and routing rules of one family, however many routes there are. */
export interface MainRoutes {
  readonly listed: readonly Route[];
  readonly onLink: HostFacts['onLink'];
  readonly defaultRoutes: NonNullable<HostFacts['routed']>;
  /** The interfaces of the default routes of all tables. */
  readonly uplinks: readonly string[];
  /**
   * Some routing rules depend on the source of a packet, on the interface that it comes in through, on its VRF, or on the
   * user who sends it.
   */
  readonly rulesForClients: boolean;
  /** The packet marks for which routing rules ask. */
  readonly ruleMarks: readonly number[];
  readonly ruleServices: readonly RuleService[];
}

/** Which routes are needed. For each of them, the kernel and ip go through all routes. */
export interface Needs {
  readonly onLink: boolean;
  readonly defaults: boolean;
  /** All routes are gone through once, and those that matter to these targets are kept, too. */
  readonly around: Surroundings | undefined;
}

/** ip selects the routes, so that it does not print those of a full internet table. */
export async function readMainRoutes(
  family: Family,
  { onLink, defaults: needsDefaults, around }: Needs,
): Promise<MainRoutes> {
  const select = around === undefined;
  const [listed, saved] = await Promise.all([
    ipJson(
      [OPTION[family]],
      [
        ...(select && onLink ? [`route show table all type unicast via ${UNSPECIFIED[family]}`] : []),
        ...(select && needsDefaults ? ['route show table all default'] : []),
        'rule show',
      ],
      z.union([ruleSchema, routeSchema]),
    ),
    around === undefined ? [] : readNearRoutes(around),
  ]);
  const routes = [...saved, ...listed.filter((item): item is Route => 'dst' in item)];
  const rules = listed.filter((item): item is Rule => 'src' in item);
  const defaults = routes.filter(({ dst }) => dst === 'default');
  return {
    onLink: onLink ? onLinkIn(routes) : [],
    listed: routes,
    defaultRoutes: routedPrefixes(
      defaults.filter(({ table }) => table === undefined),
      family,
    ),
    uplinks: [...new Set(defaults.filter(isUnicast).flatMap(devicesOf))],
    rulesForClients: rules.some(isForClients),
    ruleMarks: rules.flatMap(({ fwmark }) => (fwmark === undefined ? [] : [Number(fwmark)])),
    ruleServices: rules.flatMap(ruleServiceOf),
  };
}

const isForClients = (rule: Rule): boolean =>
  rule.src !== 'all' || rule.iif !== undefined || 'l3mdev' in rule || 'uid_start' in rule;

/** All routes with a gateway, for a facts file. */
export async function readMainTable(): Promise<NonNullable<HostFacts['routed']>> {
  const tables = (['ip', 'ip6'] as const).map(async (family) =>
    routedPrefixes(await ipJson([OPTION[family]], ['route show table main'], routeSchema), family),
  );
  return (await Promise.all(tables)).flat();
}

const OPTION = { ip: '-4', ip6: '-6' } as const;

const UNSPECIFIED = { ip: '0.0.0.0', ip6: '::' } as const;

const isUnicast = ({ type }: Route): boolean => type === undefined || type === 'unicast';

const onLinkIn = (routes: readonly Route[]): HostFacts['onLink'] => [
  ...new Map(routes.flatMap(onLinkOf).map((route) => [`${route.prefix} ${route.interface}`, route])).values(),
];

/** A default route without a gateway (of a point-to-point link) is not a subnet. */
function onLinkOf({ type, dst, dev, gateway, via, nexthops }: Route): HostFacts['onLink'][number][] {
  if (dst === 'default' || dev === undefined || gateway !== undefined || via !== undefined || nexthops !== undefined)
    return [];
  if (type !== undefined && type !== 'unicast') return [];
  return [{ prefix: prefixOf(dst), interface: dev }];
}

const devicesOf = ({ dev, nexthops = [] }: Route): string[] =>
  [dev, ...nexthops.map((hop) => hop.dev)].filter((name) => name !== undefined);
