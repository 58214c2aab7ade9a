import type { HostFacts } from '../../model/host-facts.ts';
import { readChains } from '../firewall/chains.ts';
import type { Packet } from '../firewall/packet.ts';
import type { ForeignTable } from '../observations.ts';
import { marksOfConnection, marksOfOwn, marksOfReply, type Translated } from './follow-marks.ts';
import { knownMarks } from './target-marks.ts';

/** The marks with which the packets of one connection can be routed. Several: it is not known which. */
export interface PacketMarks {
  readonly forward: readonly number[];
  /** Those of the replies that come in through an interface. */
  readonly reply: (iifname: string) => readonly number[];
}

/** Follows the packets through the tables of other programs. */
export function marksOfPacket(packets: Translated, facts: HostFacts, tables: readonly ForeignTable[]): PacketMarks {
  const chains = readChains(tables);
  const { marks, connection } = marksOfConnection(chains, packets);
  return {
    forward: knownMarks(marks, facts),
    reply: (iifname) => knownMarks(marksOfReply(chains, replyTo(packets, iifname), connection), facts),
  };
}

/** Those of a connection that this host itself makes. Its replies arrive in any case. */
export const marksOfOwnPacket = (
  packets: Translated,
  facts: HostFacts,
  tables: readonly ForeignTable[],
): PacketMarks => ({
  forward: knownMarks(marksOfOwn(readChains(tables), packets), facts),
  reply: () => [0],
});

/** Before its source is translated, it has the addresses of the target and of the client. */
const replyTo = ({ before, after }: Translated, iifname: string): Packet => ({
  ...after,
  source: after.destination,
  destination: before.source,
  // Those of the client.
  ports: { first: 1, last: 65535 },
  local: false,
  comesIn: [iifname],
  leaves: undefined,
});
