import type { ModelPath } from '../finding/finding.ts';
import { deriveName } from '../model/forward-name.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import {
  isKeptRange,
  targetPorts,
  type Family,
  type Forward,
  type MasqueradeMode,
  type PortRange,
  type Protocol,
} from '../model/model.ts';

/** One listen of one forward under one protocol: the unit that the ruleset looks up. */
export interface Claim {
  /** The forward's name where it was given; a derived one says no more than the element itself. */
  readonly comment: string | undefined;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly interfaces: readonly string[];
  /** Undefined: every address of the host. */
  readonly address: string | undefined;
  readonly ports: PortRange;
  readonly target: { readonly address: string; readonly ports: PortRange };
  /** A range that keeps its ports is one element; everything else is one element for each port. */
  readonly shape: 'ports' | 'range';
  /** The packet stays on this host, or may come from 127.0.0.1 all the same: loopback and link-local lead here too. */
  readonly local: boolean;
  /** 127.0.0.1 leads to another host, by `loopback: true`. */
  readonly fromLoopback: boolean;
  readonly masquerade: MasqueradeMode;
  /** Who may come from outside; none: everybody. */
  readonly from: readonly string[];
  readonly origin: ModelPath;
  /** Where the forward says `from`. */
  readonly fromOrigin: ModelPath;
}

export function claimsOf(forward: Forward, facts?: HostFacts): Claim[] {
  const onHost = facts !== undefined && isLocal(facts, forward.target.address);
  const comment = forward.name === deriveName(forward) ? undefined : forward.name;
  const fromOrigin = [...forward.path, 'from'];
  return forward.listens.flatMap((listen) =>
    forward.protocols.map((protocol) => ({
      comment,
      family: forward.family,
      protocol,
      interfaces: forward.interfaces,
      address: listen.address,
      ports: listen.ports,
      target: { address: forward.target.address, ports: targetPorts(forward.target, listen) },
      shape: isKeptRange(forward.target, listen) ? 'range' : 'ports',
      local: forward.loopback || onHost,
      fromLoopback: forward.loopback && !onHost,
      masquerade: forward.masquerade,
      from: forward.from,
      origin: listen.path,
      fromOrigin,
    })),
  );
}
