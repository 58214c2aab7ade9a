import { shellWord } from '../../diagnose/printed-command.ts';
import { longestMatch } from '../../model/prefix.ts';
import { targetsAway } from '../../model/routing/target-away.ts';
import { formatTarget } from '../../model/model.ts';
import type { Case } from '../case.ts';
import { cause, type Cause, type CauseCode } from '../cause.ts';
import type { Evidence, RefusingRoute } from '../evidence.ts';
import { fromFindings } from './from-findings.ts';
import { resultsOf } from './probed.ts';

/** A route or routing rule that refuses the packets, no route at all, or an interface that is down. */
export function routeToTarget(one: Case, evidence: Evidence): Cause[] {
  const { forward, bindings, local } = one;
  if (local) return [];
  const { facts, seen, refusing } = evidence;
  const away = targetsAway(facts, seen.links)(forward.target.address, bindings[0]?.routes ?? []);
  if (away === undefined) return [];
  const refusal = longestRefusal(refusing, forward.target.address);
  if (away.kind === 'no-route' && refusal !== undefined)
    return [
      cause(
        'no-route',
        'fault',
        `${refusal.text} refuses packets for ${forward.target.address}`,
        `if it was not set on purpose, run: ${refusal.command}`,
      ),
    ];
  const results = resultsOf(one, evidence);
  const isAnswered = results.length > 0 && results.every(({ result }) => result === 'answered');
  if (away.kind === 'provider' && isAnswered) return [];
  const isFault = away.kind !== 'provider' || results.some(({ result }) => result !== 'answered');
  return fromFindings(one, 'host/target-away', CODES[away.kind], () => (isFault ? 'fault' : 'doubt')).map((found) =>
    away.kind === 'link' && away.link.state === 'down'
      ? cause(found.code, found.level, found.message, `run: ip link set ${shellWord(away.link.name)} up`)
      : found,
  );
}

/** `source`: undefined for packets of this host itself. */
export function longestRefusal(
  routes: readonly RefusingRoute[],
  target: string,
  source?: string,
): RefusingRoute | undefined {
  const some = routes.filter(
    ({ from }) => from === undefined || (source !== undefined && longestMatch([from], source) !== undefined),
  );
  const best = longestMatch(
    some.map(({ prefix }) => prefix),
    target,
  );
  return some.find(({ prefix }) => prefix === best);
}

const CODES: Readonly<Record<'link' | 'subnet' | 'no-route' | 'provider', CauseCode>> = {
  link: 'target-link-down',
  subnet: 'target-link-down',
  'no-route': 'no-route',
  provider: 'target-away',
};

/** The machine that the packets go to next does not answer on its link. */
export function neighbourSilent(one: Case, evidence: Evidence): Cause[] {
  const { bindings, forward, local } = one;
  const { neighbours, probes, portfwd } = evidence;
  const routes = bindings[0]?.routes ?? [];
  const [route] = routes;
  if (local || neighbours === undefined || route === undefined || routes.length > 1) return [];
  if (resultsOf(one, evidence).some(({ result }) => result === 'answered' || result === 'refused')) return [];
  const address = route.via ?? forward.target.address;
  const found = neighbours.find((entry) => entry.address === address && entry.interface === route.interface);
  if (found === undefined || !['FAILED', 'INCOMPLETE'].includes(found.state)) return [];
  const how = address.includes(':') ? 'neighbour discovery' : 'ARP';
  const who = route.via === undefined ? `the target ${address}` : `the router ${address} towards the target`;
  return [
    cause(
      'neighbour-silent',
      probes === undefined ? 'doubt' : 'fault',
      `${who} does not answer ${how} on ${route.interface} (${found.state}): it is switched off, not connected, or has another address`,
      route.via === undefined
        ? `switch it on, or correct the address: ${portfwd(`set ${shellWord(forward.name)} target=${formatTarget({ ...forward.target, address: forward.family === 'ip6' ? '[ADDRESS]' : 'ADDRESS' })}`)}`
        : `switch it on, or correct the route to ${forward.target.address}`,
    ),
  ];
}

/** Large transfers may hang, which a probe does not show. */
export const narrowTarget = (one: Case): Cause[] => fromFindings(one, 'host/mtu', 'mtu', () => 'note');
