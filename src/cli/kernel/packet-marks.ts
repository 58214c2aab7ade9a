import { OWN_TABLES } from '../../apply/read/own-tables.ts';
import { marksOfOwnPacket, marksOfPacket, type PacketMarks } from '../../diagnose/marks/packet-marks.ts';
import type { Packet as MarkedPacket } from '../../diagnose/firewall/packet.ts';
import type { HostFacts } from '../../model/host-facts.ts';
import type { Protocol } from '../../model/model.ts';
import type { Packet } from '../../simulate/packet.ts';
import type { Simulation } from '../../simulate/simulate.ts';
import type { Session } from '../session.ts';

/**
 * The marks of a packet that the kernel routes, as far as the tables of this host tell. Undefined: they cannot be read
 * without permission.
 */
export async function readPacketMarks(
  packet: Packet,
  simulation: Simulation,
  facts: HostFacts,
  { host }: Session,
): Promise<PacketMarks | undefined> {
  if (facts.ruleMarks === undefined) return UNMARKED;
  const tables = await host.readMarkingTables(OWN_TABLES);
  const follow = packet.path === 'own' ? marksOfOwnPacket : marksOfPacket;
  return tables && follow(translated(packet, simulation), facts, tables);
}

export const UNMARKED: PacketMarks = { forward: [0], reply: () => [0] };

/** Its replies have the mark that the rules give them. */
export const withMark = (mark: number, found: PacketMarks | undefined): PacketMarks => ({
  ...(found ?? UNMARKED),
  forward: [mark],
});

function translated(
  { protocol, source, destination, destinationPort, iifname }: Packet,
  { destination: target, local }: Simulation,
): Readonly<Record<'before' | 'after', MarkedPacket>> {
  const ports = { first: destinationPort, last: destinationPort };
  const before: MarkedPacket = {
    family: destination.includes(':') ? 'ip6' : 'ip',
    protocol: protocol as Protocol,
    source,
    destination,
    ownAddresses: [],
    ports,
    original: { destination, ports },
    translated: false,
    local: true,
    comesIn: iifname === undefined ? [] : [iifname],
    leaves: undefined,
  };
  const { address, port } = target;
  return {
    before,
    after: { ...before, destination: address, ports: { first: port, last: port }, translated: true, local },
  };
}
