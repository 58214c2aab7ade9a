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
    const local = isLocal(facts, address);
    return forward.listens.flatMap((listen) =>
      forward.protocols.map((protocol) => ({
        forward,
        listen,
        protocol,
        ports: targetPorts(forward.target, listen),
        local,
        // Only some rules ask, and only where there is something to say.
        get egress() {
          return egressOf(facts, address);
        },
      })),
    );
  });

/** Whether a socket of this protocol and port can matter to the model; asked of every socket of the host. */
export function claimsPort(model: Model): (protocol: Protocol, port: number) => boolean {
  const claimed: Record<Protocol, PortRange[]> = { tcp: [], udp: [], sctp: [] };
  for (const { listens, protocols } of enabledForwards(model))
    for (const protocol of protocols) for (const { ports } of listens) claimed[protocol].push(ports);
  return (protocol, port) => claimed[protocol].some(({ first, last }) => first <= port && port <= last);
}

/** What only the host itself can ask for: no other host's packets, no interface. */
export const isLoopbackListen = ({ listen }: Claim): boolean => listen.address?.startsWith('127.') === true;

function egressOf(facts: HostFacts, address: string): string | undefined {
  const prefix = onLinkPrefix(facts, address);
  return facts.onLink.find((route) => route.prefix === prefix)?.interface;
}
