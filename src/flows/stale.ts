import type { Binding } from '../model/binding.ts';
import { isLoopback } from '../model/address.ts';
import { coversInterface } from '../model/interface-name.ts';
import type { Forward } from '../model/model.ts';
import { indexBindings, type BindingIndex } from './bindings.ts';
import { isTranslated, type Flow } from './flow.ts';
import { allowsLinkLocal, allowsLoopback, allowsSource, hasTargetOf, shiftOf, type IsHere } from './conditions.ts';

export interface Question<F extends Flow> {
  readonly flows: readonly F[];
  /** The forwards that the kernel had until now; undefined if they are not known. */
  readonly before: readonly Forward[] | undefined;
  /** The forwards that the kernel has now. */
  readonly after: readonly Forward[];
  readonly localAddresses: ReadonlySet<string>;
  /** The interfaces that have an address. */
  readonly interfacesWith: (address: string) => readonly string[];
  /** TCP and SCTP connections may continue as they began. */
  readonly keepConnections: boolean;
}

/** A flow to end, and how many others are stale for the same reason, whenever they began. */
export interface StaleFlow<F extends Flow> {
  readonly flow: F;
  readonly scope: Scope;
}

/**
 * `flow`: this one alone. `listen`: all with the same original destination and port, and the same target and port.
 * `target`: all with the same original destination address and the same target address, on any port.
 */
type Scope = 'flow' | 'listen' | 'target';

/**
 * The flows that the kernel still translates by the old forwards, since the first packet of a flow decides on its NAT
 * (docs/netfilter.md, facts 14 and 17). Flows of unchanged forwards and of other programs are not in the result.
 */
export function staleFlows<F extends Flow>(question: Question<F>): StaleFlow<F>[] {
  const { before, after, keepConnections } = question;
  const now = indexBindings(after);
  const past = before === after ? now : indexBindings(before ?? []);
  const isHere = (address: string): boolean => isLoopback(address) || question.localAddresses.has(address);
  const isOn = (name: string, address: string): boolean =>
    question.interfacesWith(address).some((one) => coversInterface(name, one));
  return question.flows.flatMap((flow) => {
    if (keepConnections && flow.protocol !== 'udp') return [];
    const scope = (isTranslated(flow) ? changedTarget : shadowedByNewForward)(flow, { past, now, isHere, isOn });
    return scope === undefined ? [] : [{ flow, scope }];
  });
}

interface Known {
  readonly past: BindingIndex;
  readonly now: BindingIndex;
  readonly isHere: IsHere;
  /** Whether an interface, or one that the pattern matches, has the address. */
  readonly isOn: (name: string, address: string) => boolean;
}

/**
 * A flow that a forward of `past` translated, and that `now` would not translate, or not in the same way. Its
 * destination may no longer be an address of this host.
 */
function changedTarget(flow: Flow, { past, now, isHere, isOn }: Known): Scope | undefined {
  const by = past.listeningOn(flow).filter((binding) => hasTargetOf(flow, binding));
  if (by.length === 0) return undefined;
  const same = now
    .listeningOn(flow)
    .filter((binding) => hasTargetOf(flow, binding) && allowsLoopback(binding, flow, isHere))
    .filter(
      ({ listen: { interface: name } }) => name === undefined || isOn(name, flow.destination) || listensOn(by, name),
    );
  const still = same.filter((binding) => allowsSource(binding, flow, isHere));
  if (still.length > 0) return by.every((binding) => isCovered(binding, still)) ? undefined : 'flow';
  // The client is no longer in `from`: other clients of the same listen keep their flows.
  if (same.length > 0) return 'flow';
  return now.forwardsTo(flow) ? 'listen' : 'target';
}

/**
 * A UDP flow that began before the forward existed bypasses it for as long as the client keeps sending, and so does
 * one of a client that the forward's `from` leaves out. TCP is left alone: the rules only look at the first packet of
 * a connection, so an open one would not move to the target; it would end, or continue as it is.
 */
function shadowedByNewForward(flow: Flow, { past, now, isHere, isOn }: Known): Scope | undefined {
  if (flow.protocol !== 'udp' || flow.destination === '::1' || !isHere(flow.destination)) return undefined;
  const bindings = now
    .listeningOn(flow)
    .filter(({ listen: { interface: name } }) => name === undefined || isOn(name, flow.destination))
    .filter(
      (binding) =>
        !allowsSource(binding, flow, isHere) ||
        (allowsLoopback(binding, flow, isHere) && allowsLinkLocal(binding, flow, isHere)),
    );
  if (
    bindings.length === 0 ||
    bindings.some((binding) => hasTargetOf(flow, binding) && allowsSource(binding, flow, isHere))
  )
    return undefined;
  if (bindings.some(({ forward }) => forward.interfaces.length === 0))
    return bindings.every((binding) => allowsSource(binding, flow, isHere)) ? 'listen' : 'flow';
  // Conntrack does not record interfaces. If the forward is not new, this flow came in through another interface.
  const known = past.listeningOn(flow);
  return bindings.every((binding) => known.some((old) => isSame(binding, old))) ? undefined : 'flow';
}

/**
 * Conntrack does not record interfaces, and the destination may be an address that the interface no longer has, or
 * that it never had (docs/netfilter.md, fact 33). If the forward listened on the interface before, the flow is as before.
 */
const listensOn = (bindings: readonly Binding[], name: string): boolean =>
  bindings.some(({ listen }) => listen.interface === name);

/** The flow may still come in through any interface it may have used before, and its source is treated as before. */
function isCovered({ forward: { interfaces, masquerade } }: Binding, still: readonly Binding[]): boolean {
  const others = still.map(({ forward }) => forward).filter((forward) => forward.masquerade === masquerade);
  const names = interfaces.length === 0 ? ['*'] : interfaces;
  return names.every((name) =>
    others.some(
      (forward) => forward.interfaces.length === 0 || forward.interfaces.some((other) => coversInterface(other, name)),
    ),
  );
}

const isSame = (a: Binding, b: Binding): boolean =>
  a.forward.target.address === b.forward.target.address &&
  shiftOf(a) === shiftOf(b) &&
  a.listen.interface === b.listen.interface &&
  a.forward.interfaces.join(' ') === b.forward.interfaces.join(' ');
