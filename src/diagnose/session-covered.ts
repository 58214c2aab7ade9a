import type { Finding } from '../finding/finding.ts';
import { formatListen } from '../model/model.ts';
import type { Claim } from './claim.ts';
import { covers, isTarget, type Endpoint } from './covers.ts';
import { formatForwards } from './names.ts';
import type { Observations } from './observations.ts';

/** Loading it would not cut the session, but nobody could log in again that way. */
export function diagnoseSessionCovered(claims: readonly Claim[], { session }: Observations): Finding[] {
  if (session === undefined) return [];
  const endpoint: Endpoint = { protocol: 'tcp', ...session };
  const covering = claims.filter((claim) => covers(claim, endpoint) && !isTarget(claim, endpoint));
  const ports = { first: session.port, last: session.port };
  const at = formatListen({ ...session, ports, path: [] }, session.address.includes(':') ? 'ip6' : 'ip');
  return covering.slice(0, 1).map(({ listen }) => ({
    code: 'host/session-covered',
    message: `tcp ${at}, where ${formatForwards(covering)} would take over, is the port of the session you are logged in on`,
    remedy: 'listen on another port or address, or make sure of another way in and try it with --force --confirm 60',
    path: listen.path,
  }));
}
