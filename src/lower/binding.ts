import { bindingsOf, type Binding } from '../model/binding.ts';
import { deriveName } from '../model/forward-name.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import type { Forward } from '../model/model.ts';
import { isPublished } from '../model/published.ts';

/** A binding, and what its maps and rules depend on besides the keys of the forward. */
export interface RuleBinding extends Binding {
  /** The comment of its elements: the forward's name, unless it is derived and so repeats the element's key. */
  readonly comment: string | undefined;
  /** Packets from loopback and link-local addresses are forwarded too: the target is this host, or `loopback: true`. */
  readonly loopbackAllowed: boolean;
  /** It works only with route_localnet, which needs the guard chain. */
  readonly opensLoopback: boolean;
}

/** Each field is named: copying 10 000 bindings with `...` would make a compile a fifth slower. */
export const ruleBindingsOf = (forwards: readonly Forward[], facts?: HostFacts): RuleBinding[] =>
  bindingsOf(forwards).map(({ forward, listen, protocol, targetPorts }) => {
    const { name, loopback, target } = forward;
    const onHost = isLocal(facts, target.address);
    return {
      forward,
      listen,
      protocol,
      targetPorts,
      comment: name === deriveName(forward) ? undefined : name,
      loopbackAllowed: loopback || onHost,
      opensLoopback: loopback && (!onHost || isPublished(forward)),
    };
  });
