import { formatList } from '../../diagnose/name-list.ts';
import { shellWord } from '../../diagnose/printed-command.ts';
import { isTranslated, type Flow } from '../../flows/flow.ts';
import { isLocal } from '../../model/host-facts.ts';
import { formatTarget, type PortRange } from '../../model/model.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence } from '../evidence.ts';
import { fromFindings } from './from-findings.ts';
import { resultsOf } from './probed.ts';

/** The connections of clients outside that the kernel knows. */
export interface Clients {
  readonly answered: number;
  /** The target got the first packet, and nothing came back. */
  readonly unanswered: readonly Flow[];
  /** The answer of the target came back, and the client did not go on. */
  readonly half: readonly Flow[];
}

const NONE: Clients = { answered: 0, unanswered: [], half: [] };

const known = new WeakMap<Case, Clients>();

export function clientsOf(one: Case, evidence: Evidence): Clients {
  const found = known.get(one) ?? countClients(one, evidence);
  known.set(one, found);
  return found;
}

function countClients({ bindings, forward }: Case, { flows, facts }: Evidence): Clients {
  if (flows === undefined) return NONE;
  const mine = flows.filter(
    (flow) =>
      flow.family === forward.family &&
      flow.replySource === forward.target.address &&
      isTranslated(flow) &&
      isLocal(facts, flow.destination) &&
      !isLocal(facts, flow.source) &&
      bindings.some(
        ({ protocol, listen, targetPorts }) =>
          protocol === flow.protocol &&
          inside(flow.destinationPort, listen.ports) &&
          inside(flow.replySourcePort, targetPorts) &&
          (listen.address === undefined || listen.address === flow.destination),
      ),
  );
  return {
    answered: mine.filter(isAnswered).length,
    unanswered: mine.filter(isUnanswered),
    half: mine.filter(({ state }) => state === 'SYN_RECV'),
  };
}

const inside = (port: number, { first, last }: PortRange): boolean => first <= port && port <= last;

const isUnanswered = ({ protocol, state, unreplied }: Flow): boolean =>
  protocol === 'tcp' ? state === 'SYN_SENT' : unreplied === true;

/** A reset of the target also ends in CLOSE. */
const isAnswered = ({ protocol, state, unreplied }: Flow): boolean =>
  protocol === 'tcp' ? !['SYN_SENT', 'SYN_RECV', 'CLOSE'].includes(state ?? '') : unreplied !== true;

/** What `check` says about the way of the answers, confirmed if clients wait while the target answers this host. */
export const returnPath = (one: Case, evidence: Evidence): Cause[] =>
  fromFindings(one, 'host/return-path', 'return-path', () => (isWaiting(one, evidence) ? 'fault' : 'doubt'));

/** A NAT rule of another program gives the connection a source to which answers do not come back. */
export function sourceRewritten(one: Case, evidence: Evidence): Cause[] {
  const { unanswered, answered } = clientsOf(one, evidence);
  const lost = unanswered.find(
    ({ source, replyDestination }) => replyDestination !== source && !isLocal(evidence.facts, replyDestination),
  );
  if (lost === undefined) return [];
  return [
    cause(
      'nat-rival',
      answered === 0 ? 'fault' : 'doubt',
      `a NAT rule of another program rewrites the source of the connections to ${lost.replyDestination}, which is not an address of this host, and no answer comes back`,
      'correct or remove the rule; nft list ruleset shows it',
    ),
  ];
}

export function clientsUnanswered(one: Case, evidence: Evidence): Cause[] {
  if (!isWaiting(one, evidence) || sourceRewritten(one, evidence).length > 0) return [];
  const { unanswered, answered } = clientsOf(one, evidence);
  const zone = unanswered
    .map((flow) => flow.zone ?? flow.originalZone ?? flow.replyZone)
    .find((id) => id !== undefined);
  const { forward, local } = one;
  const names = [...new Set(unanswered.map(({ source }) => source))];
  const what = `${unanswered.length} ${unanswered.length === 1 ? 'connection' : 'connections'} of ${formatList(names)} went to ${formatTarget(forward.target)} in the last minutes and got no answer, while it answers this host`;
  const isTcp = unanswered.some(({ protocol }) => protocol === 'tcp');
  const canRewrite = !local && forward.masquerade !== 'always';
  if (zone !== undefined)
    return [
      cause(
        'clients-unanswered',
        answered === 0 ? 'fault' : 'doubt',
        `${what}: a rule puts them into the conntrack zone ${zone}, and answers in another zone do not belong to them`,
        'remove the rule, or put the answers into the same zone; nft list ruleset shows it',
      ),
    ];
  return [
    cause(
      'clients-unanswered',
      answered === 0 && isTcp ? 'fault' : 'doubt',
      `${what}: its firewall drops packets of these clients, or its answers do not come back through this host`,
      canRewrite
        ? `let its answers go through this host and its firewall admit the clients, or run: ${evidence.portfwd(`set ${shellWord(forward.name)} masquerade=always`)}; the target then sees this host instead of the client`
        : 'let the firewall of the target admit the clients',
    ),
  ];
}

/** Clients got no answer at all, and the target answers this host. */
function isWaiting(one: Case, evidence: Evidence): boolean {
  const { unanswered } = clientsOf(one, evidence);
  const results = resultsOf(one, evidence);
  const isReached =
    results.length > 0 &&
    results.every(
      ({ result, binding }) => result === 'answered' || (binding.protocol === 'udp' && result === 'silent'),
    );
  return unanswered.length > 0 && isReached;
}
