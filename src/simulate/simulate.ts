import type { BaseChain, Ruleset } from '../ruleset/ruleset.ts';
import type { Flight, Hook, Packet, Route } from './packet.ts';
import { walkChain, type Step } from './walk-chain.ts';

/** What becomes of a packet in a ruleset. */
export interface Journey {
  /** Every chain that was entered and every rule that matched, in order. */
  readonly walk: readonly Step[];
  readonly verdict: 'accept' | 'drop';
  /** Where it goes: after translation, or as it was. */
  readonly destination: { readonly address: string; readonly port: number };
  readonly translated: boolean;
  /** The source becomes an address of this host. */
  readonly masqueraded: boolean;
  /** Ends on this host. */
  readonly local: boolean;
  readonly oifname: string | undefined;
}

/**
 * Carries a packet through the hooks that lie on its way. A packet that this host sends to itself comes in
 * through lo afterwards, where its connection is known and NAT is over: that is left out.
 */
export function simulate(ruleset: Ruleset, packet: Packet, route: Route): Journey {
  const start: Flight = {
    ...packet,
    hook: 'prerouting',
    original: packet,
    route,
    translated: false,
    masqueraded: false,
  };
  let passage: Passage = { flight: start, walk: [], dropped: false };
  let hook: Hook | undefined = packet.path === 'own' ? 'output' : 'prerouting';
  while (hook !== undefined && !passage.dropped) {
    passage = passHook(ruleset, { ...passage, flight: { ...passage.flight, hook } });
    hook = nextHook(passage.flight);
  }
  const { walk, dropped, flight } = passage;
  const { destination, destinationPort, translated, masqueraded } = flight;
  return {
    walk,
    verdict: dropped ? 'drop' : 'accept',
    destination: { address: destination, port: destinationPort },
    translated,
    masqueraded,
    local: route(destination).local,
    oifname: route(destination).oifname,
  };
}

/** Routing comes after translation: a packet stays on this host or leaves it by its new destination. */
function nextHook({ hook, route, destination }: Flight): Hook | undefined {
  switch (hook) {
    case 'prerouting':
      return route(destination).local ? undefined : 'forward';
    case 'output':
    case 'forward':
      return 'postrouting';
    case 'postrouting':
      return undefined;
  }
}

interface Passage {
  readonly flight: Flight;
  readonly walk: readonly Step[];
  readonly dropped: boolean;
}

/** Accepting ends a base chain only; dropping ends all. Once translated at a hook, later nat chains there do not run. */
function passHook(ruleset: Ruleset, { flight: arriving, walk: before }: Passage): Passage {
  let flight = arriving;
  const walk = [...before];
  let natDone = false;
  for (const chain of chainsAt(ruleset, arriving.hook)) {
    if (chain.type === 'nat' && natDone) continue;
    const { verdict, steps } = walkChain(ruleset, chain, { ...flight, tracked: isTracked(chain) });
    walk.push(...steps);
    if (verdict?.kind === 'drop') return { flight, walk, dropped: true };
    if (verdict === undefined) continue;
    natDone = true;
    flight =
      verdict.kind === 'masquerade' ? { ...flight, masqueraded: true } : { ...flight, ...verdict.to, translated: true };
  }
  return { flight, walk, dropped: false };
}

/**
 * The kernel runs all nat chains of a hook where its own NAT stands, whatever their priority, which orders
 * them among themselves only (nf_nat_register_fn). Of two with one priority the last registered runs first.
 */
const chainsAt = ({ chains }: Ruleset, hook: Hook): BaseChain[] =>
  chains
    .filter((chain) => chain.kind === 'base')
    .filter((chain) => chain.hook === hook)
    .reverse()
    .sort((a, b) => placeOf(a) - placeOf(b) || a.priority - b.priority);

const placeOf = ({ type, hook, priority }: BaseChain): number => (type === 'nat' ? NAT_PLACE[hook] : priority);

/** NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC; there is no NAT at forward. */
const NAT_PLACE: Record<Hook, number> = { prerouting: -100, output: -100, forward: 0, postrouting: 100 };

/** Connection tracking stands at -200 of the hooks where packets come into being here (NF_IP_PRI_CONNTRACK). */
const isTracked = ({ hook, priority, type }: BaseChain): boolean =>
  type === 'nat' || priority > -200 || (hook !== 'prerouting' && hook !== 'output');
