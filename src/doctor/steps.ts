import { formatList } from '../diagnose/name-list.ts';
import { formatTarget } from '../model/model.ts';
import type { Case } from './case.ts';
import { resultsOf, type ResultOf } from './causes/probed.ts';
import { clientsOf } from './causes/replies.ts';
import type { Evidence } from './evidence.ts';

/** What was found at one place on the way of a packet. */
export interface Step {
  readonly at: 'kernel' | 'arrival' | 'route' | 'neighbour' | 'probe' | 'clients';
  readonly found: string;
}

export const stepsOf = (one: Case, evidence: Evidence): Step[] => [
  ...kernel(one, evidence),
  ...arrival(one),
  ...route(one, evidence),
  ...neighbour(one, evidence),
  ...resultsOf(one, evidence).map(probe),
  ...clients(one, evidence),
];

function kernel({ forward }: Case, { kernel: table }: Evidence): Step[] {
  const found = table === undefined ? 'not known: the kernel could not be asked' : table.stateOf(forward);
  return [{ at: 'kernel', found }];
}

function arrival({ arrivals }: Case): Step[] {
  if (arrivals === undefined) return [];
  return [
    { at: 'arrival', found: arrivals.length === 0 ? 'through no interface now' : `through ${formatList(arrivals)}` },
  ];
}

function route({ local, bindings, forward }: Case, { facts }: Evidence): Step[] {
  const { address } = forward.target;
  if (local) return [{ at: 'route', found: `${address} is this host` }];
  const routes = bindings[0]?.routes ?? [];
  if (routes.length === 0) return [{ at: 'route', found: `${address}: none` }];
  const lookup = facts.lookups?.[address];
  const table = lookup !== undefined && 'table' in lookup && lookup.table !== 'main' ? ` (table ${lookup.table})` : '';
  const ways = routes.map(
    ({ via, interface: name }) => `${via === undefined ? 'directly' : `via ${via}`} through ${name}`,
  );
  return [{ at: 'route', found: `${address} ${ways.join(' or ')}${table}` }];
}

function neighbour({ local, bindings, forward }: Case, { neighbours }: Evidence): Step[] {
  if (local || neighbours === undefined) return [];
  return (bindings[0]?.routes ?? []).flatMap((one) => {
    const address = one.via ?? forward.target.address;
    const entry = neighbours.find((known) => known.address === address && known.interface === one.interface);
    return entry === undefined
      ? []
      : [{ at: 'neighbour' as const, found: `${address} on ${one.interface}: ${entry.state}` }];
  });
}

const probe = ({ binding, result, error }: ResultOf): Step => {
  const { forward, targetPorts, protocol } = binding;
  const ports = { first: targetPorts.first, last: targetPorts.first };
  const why = error === undefined ? '' : ` (${error})`;
  const target = formatTarget({ ...forward.target, ports });
  return { at: 'probe', found: `${protocol} ${target}: ${TEXTS[result]}${why}` };
};

const TEXTS: Readonly<Record<ResultOf['result'], string>> = {
  answered: 'answered this host',
  refused: 'refused',
  rejected: 'rejected by a firewall or router',
  silent: 'no answer to this host',
  'not-sent': 'not sent',
};

function clients(one: Case, evidence: Evidence): Step[] {
  if (evidence.flows === undefined) return [];
  const { answered, unanswered, half } = clientsOf(one, evidence);
  const waiting = unanswered.length + half.length;
  if (answered + waiting === 0)
    return [{ at: 'clients', found: 'no connection of a client is known now: none came, or it was dropped before' }];
  return [{ at: 'clients', found: `${answered} with an answer, ${waiting} without` }];
}
