import type { Finding } from '../../finding/finding.ts';
import { parseAddress } from '../../model/address.ts';
import { admits } from '../../model/admits.ts';
import type { HostBinding } from '../binding.ts';
import { isKeptClaim } from './kept-claims.ts';
import { formatForwards } from '../name-list.ts';
import type { Observations, SshSession } from '../observations.ts';
import { formatEndpoint, isTarget, shadowsClient, type Endpoint } from './shadows.ts';

/**
 * The session itself would go on. The next login would fail. If it would with the forwards that were kept last (`kept`)
 * as well, that decision was made, and this is a warning.
 */
export function diagnoseSessionCovered(
  bindings: readonly HostBinding[],
  { session }: Observations,
  kept: readonly HostBinding[] = [],
): Finding[] {
  if (session === undefined) return [];
  const endpoint: Endpoint = { protocol: 'tcp', address: session.address, port: session.port };
  const shadowing = bindings.filter((binding) => shadowsClient(binding, endpoint, session.client));
  const elsewhere = shadowing.filter((binding) => !isTarget(binding, endpoint));
  const refusing = shadowing.filter((binding) => refusesClient(binding, session));
  const taking = elsewhere.length > 0 ? elsewhere : refusing;
  const finding = elsewhere.length > 0 ? takenOver(elsewhere, endpoint) : refused(refusing, session, endpoint);
  const before = kept.filter((one) => !isTarget(one, endpoint) || refusesClient(one, session));
  return taking.every((binding) => isKeptSession(binding, endpoint, before)) ? finding.map(asKept) : finding;
}

/** The socket of the SSH server may be on every address, so the listen has to be covered as for such a socket. */
const isKeptSession = (binding: HostBinding, { protocol, address, port }: Endpoint, kept: readonly HostBinding[]) =>
  isKeptClaim(binding, { protocol, address: address.includes(':') ? '::' : '0.0.0.0', port }, kept);

const asKept = (finding: Finding): Finding => ({
  ...finding,
  severity: 'warning',
  message: `${finding.message}; the forwards that were kept last do this too`,
  remedy:
    'nothing needs to be done if this is intended and you can log in another way; otherwise listen on another port or address',
});

const takenOver = (bindings: readonly HostBinding[], endpoint: Endpoint): Finding[] =>
  bindings.slice(0, 1).map(({ listen }) => ({
    code: 'host/session-covered',
    message: `${formatForwards(bindings)} would take over ${formatEndpoint(endpoint)}, the port of your SSH session: new logins would go to the target of the forward`,
    remedy: `listen on another port or address, or ${OTHER_LOGIN}`,
    path: listen.path,
  }));

/** The forwards go to the port of the session itself, but not for the client of the session. */
const refused = (bindings: readonly HostBinding[], { client }: SshSession, endpoint: Endpoint): Finding[] =>
  bindings.slice(0, 1).map(({ forward }) => ({
    code: 'host/session-covered',
    message: `${formatForwards(bindings)} would refuse new logins from ${client}, the client of your SSH session on ${formatEndpoint(endpoint)}: the key from does not include this address`,
    remedy: `add ${client} to from, or ${OTHER_LOGIN}`,
    path: [...forward.path, 'from'],
  }));

const refusesClient = ({ forward }: HostBinding, { client }: SshSession): boolean =>
  parseAddress(client) !== undefined && !admits(forward.from, client);

const OTHER_LOGIN =
  'if you can log in another way, apply with --force --confirm 60 (reverts after 60 seconds unless you confirm)';
