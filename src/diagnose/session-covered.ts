import type { Finding } from '../finding/finding.ts';
import { parseAddress } from '../model/address.ts';
import { formatListen } from '../model/model.ts';
import { admits } from '../model/prefix.ts';
import type { HostBinding } from './binding.ts';
import { covers, isTarget, type Endpoint } from './covers.ts';
import { formatForwards } from './names.ts';
import type { Observations } from './observations.ts';

/** Loading it would not cut the session, but nobody could log in again that way. */
export function diagnoseSessionCovered(bindings: readonly HostBinding[], { session }: Observations): Finding[] {
  if (session === undefined) return [];
  const endpoint: Endpoint = { protocol: 'tcp', address: session.address, port: session.port };
  const meeting = bindings.filter((binding) => covers(binding, endpoint));
  const covering = meeting.filter((binding) => !isTarget(binding, endpoint));
  if (covering.length === 0) return shutOut(meeting, session);
  return covering.slice(0, 1).map(({ listen }) => ({
    code: 'host/session-covered',
    message: `${endText(endpoint)}, where ${formatForwards(covering)} would take over, is the port of the session you are logged in on`,
    remedy: `listen on another port or address, or ${OTHER_WAY}`,
    path: listen.path,
  }));
}

/** The forwards lead to the very port of the session, and are not for the client of it. */
function shutOut(bindings: readonly HostBinding[], session: NonNullable<Observations['session']>): Finding[] {
  const { client } = session;
  if (parseAddress(client) === undefined) return [];
  const shutting = bindings.filter(({ forward }) => !admits(forward.from, client));
  return shutting.slice(0, 1).map(({ forward }) => ({
    code: 'host/session-covered',
    message: `${endText({ protocol: 'tcp', ...session })} is the port of the session you are logged in on, and ${formatForwards(shutting)} would not let ${client} in any more`,
    remedy: `add that address to from, or ${OTHER_WAY}`,
    path: [...forward.path, 'from'],
  }));
}

const OTHER_WAY = 'make sure of another way in and try it with --force --confirm 60';

function endText({ protocol, address, port }: Endpoint): string {
  const ports = { first: port, last: port };
  return `${protocol} ${formatListen({ address, ports, path: [] }, address.includes(':') ? 'ip6' : 'ip')}`;
}
