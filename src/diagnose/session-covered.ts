import type { Finding } from '../finding/finding.ts';
import { parseAddress } from '../model/address.ts';
import { admits } from '../model/admits.ts';
import type { HostBinding } from './binding.ts';
import { formatForwards } from './name-list.ts';
import type { Observations, SshSession } from './observations.ts';
import { formatEndpoint, isTarget, shadowsClient, type Endpoint } from './shadows.ts';

/** The session itself would go on. The next login would fail. */
export function diagnoseSessionCovered(bindings: readonly HostBinding[], { session }: Observations): Finding[] {
  if (session === undefined) return [];
  const endpoint: Endpoint = { protocol: 'tcp', address: session.address, port: session.port };
  const shadowing = bindings.filter((binding) => shadowsClient(binding, endpoint, session.client));
  const elsewhere = shadowing.filter((binding) => !isTarget(binding, endpoint));
  if (elsewhere.length === 0) return refusesClient(shadowing, session, endpoint);
  return elsewhere.slice(0, 1).map(({ listen }) => ({
    code: 'host/session-covered',
    message: `${formatForwards(elsewhere)} would take over ${formatEndpoint(endpoint)}, the port of your SSH session: new logins would go to the target of the forward`,
    remedy: `listen on another port or address, or ${OTHER_LOGIN}`,
    path: listen.path,
  }));
}

/** The forwards go to the port of the session itself, but not for the client of the session. */
function refusesClient(bindings: readonly HostBinding[], { client }: SshSession, endpoint: Endpoint): Finding[] {
  if (parseAddress(client) === undefined) return [];
  const refusing = bindings.filter(({ forward }) => !admits(forward.from, client));
  return refusing.slice(0, 1).map(({ forward }) => ({
    code: 'host/session-covered',
    message: `${formatForwards(refusing)} would refuse new logins from ${client}, the client of your SSH session on ${formatEndpoint(endpoint)}: the key from does not include this address`,
    remedy: `add ${client} to from, or ${OTHER_LOGIN}`,
    path: [...forward.path, 'from'],
  }));
}

const OTHER_LOGIN =
  'if you can log in another way, apply with --force --confirm 60 (reverts after 60 seconds unless you confirm)';
