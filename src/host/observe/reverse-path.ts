import { readdirSync } from 'node:fs';
import type { ReversePath } from '../../diagnose/observations.ts';
import { run } from '../process/run.ts';
import { readSysctl } from '../state/sysctl.ts';

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
