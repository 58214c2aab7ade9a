import { targetPorts, type Forward, type Listen, type PortRange, type Protocol } from './model.ts';

/** One listen of one forward under one protocol: one key of the ruleset's maps, or one for each of its ports. */
export interface Binding {
  readonly forward: Forward;
  readonly listen: Listen;
  readonly protocol: Protocol;
  /** As many as the listen has ports. */
  readonly targetPorts: PortRange;
}

/** In the order of the file. A loop, since a model may have 50 000 forwards. */
export function bindingsOf(forwards: readonly Forward[]): Binding[] {
  const bindings: Binding[] = [];
  for (const forward of forwards) {
    for (const listen of forward.listens) {
      const ports = targetPorts(forward.target, listen);
      for (const protocol of forward.protocols) bindings.push({ forward, listen, protocol, targetPorts: ports });
    }
  }
  return bindings;
}

/**
 * Bindings that listen on an interface are looked up in the order of these keys, so that it does not depend on other
 * forwards which one takes a connection that two of them match.
 */
export const listenOrderKey = ({ listen, forward }: Pick<Binding, 'listen' | 'forward'>): string =>
  [listen.interface, ...[...forward.interfaces].sort()].join(' ');
