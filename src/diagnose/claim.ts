import { groupBy } from '../model/group-by.ts';
import { isLocal, onLinkPrefix, type HostFacts } from '../model/host-facts.ts';
import {
  enabledForwards,
  targetPorts,
  type Forward,
  type Listen,
  type Model,
  type PortRange,
  type Protocol,
} from '../model/model.ts';

/** One listen of one forward under one protocol, and where its packets go on this host. */
export interface Claim {
  readonly forward: Forward;
  readonly listen: Listen;
  readonly protocol: Protocol;
  /** The target's, for this listen. */
  readonly ports: PortRange;
  /** The target is this host. */
  readonly local: boolean;
  /** The interface that the target is a neighbour on. */
  readonly egress: string | undefined;
}

export const claimsOf = (model: Model, facts: HostFacts): Claim[] =>
  enabledForwards(model).flatMap((forward) => {
    const { address } = forward.target;
    const [local, egress] = [isLocal(facts, address), egressOf(facts, address)];
    return forward.listens.flatMap((listen) =>
      forward.protocols.map((protocol) => ({
        forward,
        listen,
        protocol,
        ports: targetPorts(forward.target, listen),
        local,
        egress,
      })),
    );
  });

/** Whether a socket of this protocol and port can matter to the model; asked of every socket of the host. */
export function claimsPort(model: Model): (protocol: Protocol, port: number) => boolean {
  const pairs = enabledForwards(model).flatMap(({ listens, protocols }) =>
    protocols.flatMap((protocol) => listens.map(({ ports }) => ({ protocol, ports }))),
  );
  const groups = groupBy(pairs, ({ protocol }) => protocol);
  return (protocol, port) =>
    (groups.get(protocol) ?? []).some(({ ports }) => ports.first <= port && port <= ports.last);
}

/** What only the host itself can ask for: no other host's packets, no interface. */
export const isLoopbackListen = ({ listen }: Claim): boolean => listen.address?.startsWith('127.') === true;

function egressOf(facts: HostFacts, address: string): string | undefined {
  const prefix = onLinkPrefix(facts, address);
  return facts.onLink.find((route) => route.prefix === prefix)?.interface;
}
