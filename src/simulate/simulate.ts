import type { BaseChain, Ruleset } from '../ruleset/ruleset.ts';
import type { PacketState, Hook, Packet, Route } from './packet.ts';
import { evaluateChain, type Step } from './evaluate-chain.ts';

/** What a ruleset does with a packet. */
export interface Simulation {
  /** Every chain that was entered and every rule that matched, in order. */
  readonly steps: readonly Step[];
  readonly verdict: 'accept' | 'drop';
  /** The destination, after translation if there was one. */
  readonly destination: { readonly address: string; readonly port: number };
  readonly translated: boolean;
  /** The source becomes an address of this host. */
  readonly masqueraded: boolean;
  /** The MSS of its TCP connection is lowered. */
  readonly clamped: boolean;
  /** The destination is this host. */
  readonly local: boolean;
  readonly oifname: string | undefined;
}

/**
 * Passes a packet through the hooks in the kernel's order. A packet of this host to itself then comes in through lo;
 * that is left out, since NAT is decided by then.
 */
export function simulate(ruleset: Ruleset, packet: Packet, route: Route): Simulation {
  const start: PacketState = {
    ...packet,
    hook: 'prerouting',
    original: packet,
    route,
    translated: false,
    masqueraded: false,
  };
  let result: HookResult = { state: start, steps: [], dropped: false };
  let hook: Hook | undefined = packet.path === 'own' ? 'output' : 'prerouting';
  while (hook !== undefined && !result.dropped) {
    result = passHook(ruleset, { ...result, state: { ...result.state, hook } });
    hook = nextHook(result.state);
  }
  const { steps, dropped, state } = result;
  const { destination, destinationPort, translated, masqueraded } = state;
  return {
    steps,
    verdict: dropped ? 'drop' : 'accept',
    destination: { address: destination, port: destinationPort },
    translated,
    masqueraded,
    clamped: steps.some((step) => step.kind === 'rule' && step.rule.statement.kind === 'clamp-mss'),
    local: route(destination).local,
    oifname: route(destination).oifname,
  };
}

/** The kernel routes after translation: the new destination decides whether a packet leaves the host. */
function nextHook({ hook, route, destination }: PacketState): Hook | undefined {
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

interface HookResult {
  readonly state: PacketState;
  readonly steps: readonly Step[];
  readonly dropped: boolean;
}

/** `accept` ends one base chain; `drop` ends all. After a translation, later nat chains of the hook do not run. */
function passHook(ruleset: Ruleset, { state: arriving, steps: before }: HookResult): HookResult {
  let state = arriving;
  const steps = [...before];
  let natDone = false;
  for (const chain of chainsAt(ruleset, arriving.hook)) {
    if (chain.type === 'nat' && natDone) continue;
    const { verdict, steps: inChain } = evaluateChain(ruleset, chain, { ...state, tracked: isTracked(chain) });
    steps.push(...inChain);
    if (verdict?.kind === 'drop') return { state, steps, dropped: true };
    if (verdict === undefined) continue;
    natDone = true;
    state =
      verdict.kind === 'masquerade' ? { ...state, masqueraded: true } : { ...state, ...verdict.to, translated: true };
  }
  return { state, steps, dropped: false };
}

/**
 * The kernel runs all nat chains of a hook at one priority of its own; theirs only decides their order among each
 * other (docs/netfilter.md, fact 9). Of two with the same priority, the last registered runs first (fact 8).
 */
const chainsAt = ({ chains }: Ruleset, hook: Hook): BaseChain[] =>
  chains
    .filter((chain) => chain.kind === 'base')
    .filter((chain) => chain.hook === hook)
    .reverse()
    .sort((a, b) => positionOf(a) - positionOf(b) || a.priority - b.priority);

const positionOf = ({ type, hook, priority }: BaseChain): number => (type === 'nat' ? NAT_PRIORITY[hook] : priority);

/** NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC; the forward hook has no NAT. */
const NAT_PRIORITY: Record<Hook, number> = { prerouting: -100, output: -100, forward: 0, postrouting: 100 };

/** Connection tracking runs at priority -200 of prerouting and output (NF_IP_PRI_CONNTRACK). */
const isTracked = ({ hook, priority, type }: BaseChain): boolean =>
  type === 'nat' || priority > -200 || (hook !== 'prerouting' && hook !== 'output');
