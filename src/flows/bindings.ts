import { groupBy } from '../model/group-by.ts';
import {
  targetPorts,
  type Family,
  type Forward,
  type Listen,
  type MasqueradeMode,
  type PortRange,
  type Protocol,
} from '../model/model.ts';
import type { Flow } from './flow.ts';
import { indexPorts } from '../model/port-index.ts';

/** One listen of one forward under one protocol: what a flow may have been led by. */
export interface Claim {
  readonly family: Family;
  readonly protocol: Protocol;
  /** Undefined: every address of the host. */
  readonly address: string | undefined;
  readonly ports: PortRange;
  readonly target: string;
  /** Of the target, less that of the listen. */
  readonly shift: number;
  readonly interfaces: readonly string[];
  readonly from: readonly string[];
  readonly masquerade: MasqueradeMode;
  readonly loopback: boolean;
}

export interface Claims {
  /** Those that hold the original destination, by address and port alone. */
  readonly holding: (flow: Flow) => readonly Claim[];
  /** Some listen that holds this destination address leads to this target address, from whichever port. */
  readonly leadTo: (flow: Flow) => boolean;
}

export function claimsOf(forwards: readonly Forward[]): Claims {
  const claims = forwards.flatMap((forward) =>
    forward.listens.flatMap((listen) => forward.protocols.map((protocol) => claim(forward, listen, protocol))),
  );
  const groups = groupBy(claims, ({ family, protocol, address }) => `${family} ${protocol} ${address ?? ANY}`);
  const indexes = new Map([...groups].map(([key, group]) => [key, indexPorts(group, ({ ports }) => ports)]));
  const targets = new Set(claims.map(({ address, target, ...rest }) => targetKey(rest, address ?? ANY, target)));
  return {
    holding: ({ family, protocol, destination, destinationPort }) =>
      [destination, ANY].flatMap((address) => [
        ...(indexes
          .get(`${family} ${protocol} ${address}`)
          ?.meeting({ first: destinationPort, last: destinationPort }) ?? []),
      ]),
    leadTo: (flow) =>
      [flow.destination, ANY].some((address) => targets.has(targetKey(flow, address, flow.replySource))),
  };
}

/** Where the claim leads the flow is where the flow goes. */
export const isWhereItGoes = ({ target, shift }: Claim, flow: Flow): boolean =>
  target === flow.replySource && flow.destinationPort + shift === flow.replySourcePort;

const ANY = '*';

const targetKey = (of: Pick<Claim, 'family' | 'protocol'>, address: string, target: string): string =>
  `${of.family} ${of.protocol} ${address} ${target}`;

const claim = (forward: Forward, listen: Listen, protocol: Protocol): Claim => ({
  family: forward.family,
  protocol,
  address: listen.address,
  ports: listen.ports,
  target: forward.target.address,
  shift: targetPorts(forward.target, listen).first - listen.ports.first,
  interfaces: forward.interfaces,
  from: forward.from,
  masquerade: forward.masquerade,
  loopback: forward.loopback,
});
