import { endianness } from 'node:os';
import type { Flow } from '../../flows/flow.ts';
import { digitsOf } from '../observe/routing/address-digits.ts';

/**
 * The message that makes the kernel delete one entry, in hexadecimal digits. The kernel finds the entry by its hash, and
 * deletes it only if it still has the same number (`id`).
 */
export function deletionOf({ family, protocol, source, destination, ...flow }: Flow): string {
  const isIPv4 = family === 'ip';
  const addresses = isIPv4 ? CTA.ipv4 : CTA.ipv6;
  const tuple = [
    attribute(
      CTA.tupleIp | NESTED,
      attribute(addresses.source, digitsOf(source)) + attribute(addresses.destination, digitsOf(destination)),
    ),
    attribute(
      CTA.tupleProtocol | NESTED,
      attribute(CTA.protocolNumber, PROTOCOLS[protocol]) +
        attribute(CTA.sourcePort, network(flow.sourcePort, 2)) +
        attribute(CTA.destinationPort, network(flow.destinationPort, 2)),
    ),
    ...(flow.originalZone === undefined ? [] : [attribute(CTA.tupleZone, network(flow.originalZone, 2))]),
  ].join('');
  const body = [
    isIPv4 ? '02000000' : '0a000000', // the family, and three bytes that are 0
    attribute(CTA.tupleOriginal | NESTED, tuple),
    ...(flow.zone === undefined ? [] : [attribute(CTA.zone, network(flow.zone, 2))]),
    ...(flow.id === undefined ? [] : [attribute(CTA.id, network(flow.id, 4))]),
  ].join('');
  const header = native(HEADER + body.length / 2, 4) + native(DELETE, 2) + native(REQUEST_ACK, 2) + '0'.repeat(16);
  return header + body;
}

/** Bytes. */
const HEADER = 16;
/** NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE */
const DELETE = 0x01_02;
/** NLM_F_REQUEST, NLM_F_ACK */
const REQUEST_ACK = 5;
const NESTED = 0x80_00;

/** The attributes of linux/netfilter/nfnetlink_conntrack.h. */
const CTA = {
  tupleOriginal: 1,
  id: 12,
  zone: 18,
  tupleIp: 1,
  tupleProtocol: 2,
  tupleZone: 3,
  ipv4: { source: 1, destination: 2 },
  ipv6: { source: 3, destination: 4 },
  protocolNumber: 1,
  sourcePort: 2,
  destinationPort: 3,
} as const;

const PROTOCOLS = { tcp: '06', udp: '11', sctp: '84' } as const;

/** Its length and type, and the value, filled up to a multiple of four bytes. */
const attribute = (type: number, value: string): string =>
  native(4 + value.length / 2, 2) + native(type, 2) + value.padEnd(Math.ceil(value.length / 8) * 8, '0');

const network = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');

const IS_LITTLE = endianness() === 'LE';

const native = (value: number, bytes: number): string =>
  IS_LITTLE ? (network(value, bytes).match(/../g) ?? []).reverse().join('') : network(value, bytes);
