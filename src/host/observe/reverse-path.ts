import { readdirSync } from 'node:fs';
import { run } from '../process/run.ts';
import { readSysctl } from '../state/sysctl.ts';

/** What decides whether the kernel takes an IPv4 packet for one with a forged source. */
export interface ReversePath {
  /** Interfaces under strict rp_filter (1); the greater of `all` and the interface's own value counts. */
  readonly strict: readonly string[];
  /** The default routes of the main table; the kernel takes the lowest metric. */
  readonly defaultRoutes: readonly { readonly interface: string; readonly metric: number }[];
  /** There are more routing rules than the kernel's own three: the main table is not the whole truth. */
  readonly policyRouting: boolean;
}

export async function readReversePath(): Promise<ReversePath | undefined> {
  const all = Number(readSysctl('net/ipv4/conf/all/rp_filter'));
  const strict = interfaces().filter(
    (name) => Math.max(all, Number(readSysctl(`net/ipv4/conf/${name}/rp_filter`))) === 1,
  );
  if (strict.length === 0) return { strict, defaultRoutes: [], policyRouting: false };
  const [routes, rules] = await Promise.all([list('route', 'show', 'default'), list('rule', 'show')]);
  if (routes === undefined || rules === undefined) return undefined;
  return { strict, defaultRoutes: routes.flatMap(devicesOf), policyRouting: rules.length > 3 };
}

interface Route {
  readonly dev?: string;
  readonly metric?: number;
  readonly nexthops?: readonly { readonly dev?: string }[];
}

const devicesOf = ({ dev, metric = 0, nexthops = [] }: Route): ReversePath['defaultRoutes'][number][] =>
  [dev, ...nexthops.map((hop) => hop.dev)].flatMap((name) => (name === undefined ? [] : [{ interface: name, metric }]));

function interfaces(): string[] {
  try {
    return readdirSync('/proc/sys/net/ipv4/conf').filter((name) => !['all', 'default', 'lo'].includes(name));
  } catch {
    return [];
  }
}

async function list(...args: readonly string[]): Promise<readonly Route[] | undefined> {
  const { exitCode, stdout } = await run('ip', ['-4', '-j', ...args]);
  if (exitCode !== 0) return undefined;
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as Route[]);
}
