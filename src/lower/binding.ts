import { bindingsOf, type Binding } from '../model/binding.ts';
import { deriveName } from '../model/forward-name.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { isKeptRange, type Forward } from '../model/model.ts';

/** A binding, and what decides its maps and rules besides the forward's own keys. */
export interface RuleBinding extends Binding {
  /** The comment of its elements: the forward's name. None if the name is derived, since it repeats the element's key. */
  readonly comment: string | undefined;
  /** Loopback and link-local packets are forwarded too: the target is this host, or the forward has `loopback: true`. */
  readonly loopbackAllowed: boolean;
  /** Packets from 127.0.0.1 are sent to another host, by `loopback: true`. */
  readonly loopbackLeavesHost: boolean;
}

/** Each field is named: copying 10 000 bindings with `...` would make a compile a fifth slower. */
export const ruleBindingsOf = (forwards: readonly Forward[], facts?: HostFacts): RuleBinding[] =>
  bindingsOf(forwards).map(({ forward, listen, protocol, targetPorts }) => {
    const { name, loopback, target } = forward;
    const onHost = facts !== undefined && isLocal(facts, target.address);
    return {
      forward,
      listen,
      protocol,
      targetPorts,
      comment: name === deriveName(forward) ? undefined : name,
      loopbackAllowed: loopback || onHost,
      loopbackLeavesHost: loopback && !onHost,
    };
  });

/** A range that keeps its ports is one element of a map; everything else is one element for each port. */
export const isOneElement = ({ forward, listen }: Binding): boolean => isKeptRange(forward.target, listen);
