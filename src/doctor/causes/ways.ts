import { formatList } from '../../diagnose/name-list.ts';
import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import type { Evidence } from '../evidence.ts';
import type { Way } from '../ways.ts';
import { clientsOf } from './replies.ts';
import { longestRefusal, routeToTarget } from './route.ts';

/** Routing rules can refuse packets of clients, and not those of this host. */
export function requestRefused(one: Case, evidence: Evidence): Cause[] {
  if (routeToTarget(one, evidence).length > 0) return [];
  const ways = waysOf(one, 'request', evidence);
  const refused = ways.filter((way) => way.refused !== undefined);
  const [first] = refused;
  if (first === undefined) return [];
  const { address } = one.forward.target;
  const names = [...new Set(refused.map(({ arrival }) => arrival))];
  return [
    cause(
      'no-route',
      refused.length === ways.length ? 'fault' : 'doubt',
      `the kernel does not route packets that come in through ${formatList(names)} to ${address} (${first.refused}), although it routes those of this host`,
      remedyFor(first, evidence),
    ),
  ];
}

/** The kernel does not route the answers, or not through the interface where the client comes in. */
export function answersElsewhere(one: Case, evidence: Evidence): Cause[] {
  const ways = waysOf(one, 'answer', evidence);
  const refused = ways.filter((way) => way.refused !== undefined);
  const [first] = refused;
  const target = one.forward.target.address;
  if (first !== undefined)
    return [
      cause(
        'return-path',
        refused.length === ways.length ? 'fault' : 'doubt',
        `the kernel does not route the answers of ${target} to ${formatList(refused.map(({ client }) => client))} (${first.refused})`,
        remedyFor(first, evidence),
      ),
    ];
  const { half, answered } = clientsOf(one, evidence);
  const elsewhere = ways.find(
    ({ isWaiting, leaves, arrival, client }) =>
      isWaiting && leaves.length > 0 && !leaves.includes(arrival) && half.some(({ source }) => source === client),
  );
  if (elsewhere === undefined) return [];
  const { client, arrival, leaves } = elsewhere;
  return [
    cause(
      'return-path',
      answered === 0 ? 'fault' : 'doubt',
      `${client} connects to an address of ${arrival}, and the answers of ${target} to it leave through ${formatList(leaves)}; it does not go on`,
      `add a route to ${client} through ${arrival}, or a routing rule for packets that come in from ${target}`,
    ),
  ];
}

/** The answer of the target is lost between here and the client. */
export function answersLost(one: Case, evidence: Evidence): Cause[] {
  const { half, answered } = clientsOf(one, evidence);
  if (half.length === 0 || answered > 0 || answersElsewhere(one, evidence).length > 0) return [];
  const names = [...new Set(half.map(({ source }) => source))];
  return [
    cause(
      'answers-lost',
      'doubt',
      `the target answered ${half.length} ${half.length === 1 ? 'connection' : 'connections'} of ${formatList(names)}, and the ${names.length === 1 ? 'client' : 'clients'} did not go on: a firewall on the way drops the answers, or they leave through another interface`,
      'look at the firewall of this host for packets from the target, and run: ip route get ' + (names[0] ?? ''),
    ),
  ];
}

const waysOf = ({ forward }: Case, of: Way['of'], { ways }: Evidence): readonly Way[] =>
  (ways?.get(forward.name) ?? []).filter((way) => way.of === of);

function remedyFor({ query: { to, from, iif } }: Way, { refusing }: Evidence): string {
  const refusal = longestRefusal(refusing, to, from);
  return refusal === undefined
    ? `add a route to ${to} to the table that the routing rules select; ip rule lists them, and this asks the kernel: ip route get ${to} from ${from}${iif === undefined ? '' : ` iif ${iif}`}`
    : `${refusal.text} covers ${to}; if it was not set on purpose, run: ${refusal.command}`;
}
