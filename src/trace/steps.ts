import type { TraceEvent } from './event.ts';
import type { Header } from './header.ts';
import type { Trail } from './collect.ts';
import { BASE_CHAINS, KNOWN, TRACE_PREFIX, type Hook } from './table.ts';

/** A chain of the host, and at which hook the packet was there. */
export interface At {
  readonly hook: Hook;
  readonly table: string;
  readonly chain: string;
}

export interface End {
  readonly address: string;
  readonly port?: number | undefined;
}

/** What happened to a packet, one thing after the other. */
export type Step =
  | { readonly kind: 'came in'; readonly interface: string }
  | { readonly kind: 'sent by this host' }
  | { readonly kind: 'known connection' }
  | (At & { readonly kind: 'rule'; readonly rule: string; readonly verdict: string })
  | (At & { readonly kind: 'policy'; readonly verdict: string })
  /** `by`: the rule that decided it; without it, an earlier packet of the connection did. */
  | { readonly kind: 'rewritten'; readonly what: 'source' | 'destination'; readonly to: End; readonly by?: Decision }
  | { readonly kind: 'routed'; readonly to: 'this host' | { readonly interface: string } }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'went out'; readonly interface: string };

type Decision = At & { readonly rule: string };

/** How far a packet came. `at`: the last of our chains that saw it. */
export type Reached =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'went out'; readonly interface: string }
  | (At & { readonly kind: 'dropped'; readonly by: { readonly rule: string } | 'policy' })
  /** A rule handed it to another program. */
  | (At & { readonly kind: 'queued'; readonly rule: string })
  | { readonly kind: 'not seen further'; readonly hook: Hook; readonly at: 'first' | 'tracked' | 'last' };

export interface Told {
  readonly steps: readonly Step[];
  readonly reached: Reached;
}

/** Tells the way of a packet from its events. */
export function tell({ events }: Trail): Told {
  const state: State = { steps: [], hook: 'prerouting', last: undefined, nat: undefined, reached: NOT_SEEN };
  for (const event of events) follow(event, state);
  return { steps: state.steps, reached: state.reached };
}

const NOT_SEEN: Reached = { kind: 'not seen further', hook: 'prerouting', at: 'first' };

interface State {
  readonly steps: Step[];
  hook: Hook;
  last: Header | undefined;
  /** The newest rule with a statement for NAT. */
  nat: Decision | undefined;
  reached: Reached;
}

function follow(event: TraceEvent, state: State): void {
  const ours = event.table.startsWith(`inet ${TRACE_PREFIX}`);
  const base = ours && Object.hasOwn(BASE_CHAINS, event.chain) ? BASE_CHAINS[event.chain] : undefined;
  if (base !== undefined) state.hook = base.hook;
  if (event.kind === 'packet') look(event.header, state);
  if (ours) {
    // Behind lo, the connection of a packet from this host is always known.
    if (event.kind === 'rule' && event.verdict === KNOWN && state.steps.length === 1)
      state.steps.push({ kind: 'known connection' });
    if (base !== undefined) state.reached = pass(base, state);
    return;
  }
  if (event.kind === 'packet') return;
  const at = { hook: state.hook, table: event.table, chain: event.chain };
  state.steps.push({ ...at, ...(event.kind === 'rule' ? ruleOf(event) : policyOf(event)) });
  if (event.kind === 'rule' && translates(event)) state.nat = { ...at, rule: event.rule };
  if (event.verdict === 'drop')
    state.reached = { ...at, kind: 'dropped', by: event.kind === 'rule' ? { rule: event.rule } : 'policy' };
  else if (event.kind === 'rule' && /^(?:queue|stolen)\b/.test(event.verdict))
    state.reached = { ...at, kind: 'queued', rule: event.rule };
}

/** NAT accepts the packet. A match on its status, and a comment, do not translate. */
const translates = ({ rule, verdict }: { readonly rule: string; readonly verdict: string }): boolean =>
  verdict === 'accept' &&
  /\b(?:[ds]nat|masquerade|redirect|netmap)\b/i.test(rule.replaceAll(/\bct status (?:!= )?\S+|comment ".*"/g, ''));

const ruleOf = ({ rule, verdict }: Extract<TraceEvent, { kind: 'rule' }>) => ({ kind: 'rule', rule, verdict }) as const;

const policyOf = ({ verdict }: Extract<TraceEvent, { kind: 'policy' }>) => ({ kind: 'policy', verdict }) as const;

/** The kernel shows the packet when it enters a chain: what differs since then was done by NAT or by routing. */
function look(header: Header, state: State): void {
  const { last, steps } = state;
  state.last = header;
  if (last === undefined) {
    steps.push(header.iif === undefined ? { kind: 'sent by this host' } : { kind: 'came in', interface: header.iif });
    return;
  }
  if (header.iif !== undefined && header.iif !== last.iif) steps.push({ kind: 'came in', interface: header.iif });
  for (const [what, address, port] of ENDS)
    if (header[address] !== last[address] || header[port] !== last[port]) {
      const to = { address: header[address], port: header[port] };
      steps.push({ kind: 'rewritten', what, to, ...(state.nat === undefined ? {} : { by: state.nat }) });
    }
  state.nat = undefined;
}

const ENDS = [
  ['destination', 'daddr', 'dport'],
  ['source', 'saddr', 'sport'],
] as const;

/** A packet is in one of our base chains. */
function pass({ hook, at }: (typeof BASE_CHAINS)[string], { steps, last }: State): Reached {
  const oif = last?.oif;
  const routed =
    hook === 'input' ? 'this host' : hook === 'forward' && oif !== undefined ? { interface: oif } : undefined;
  if (at === 'first' && routed !== undefined && steps.at(-1)?.kind !== 'routed')
    steps.push({ kind: 'routed', to: routed });
  if (at !== 'last') return { kind: 'not seen further', hook, at };
  if (hook === 'input') return end(steps, { kind: 'delivered' });
  if (hook === 'postrouting' && oif !== undefined) return end(steps, { kind: 'went out', interface: oif });
  return { kind: 'not seen further', hook, at };
}

function end<E extends Step & Reached>(steps: Step[], step: E): E {
  const before = steps.at(-1);
  if (before?.kind !== step.kind) steps.push(step);
  return step;
}
