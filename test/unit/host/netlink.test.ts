import { endianness } from 'node:os';
import { expect, test } from 'vitest';
import type { Flow } from '../../../src/flows/flow.ts';
import { deletionOf } from '../../../src/host/conntrack/netlink.ts';

const FLOW: Flow = {
  family: 'ip',
  protocol: 'udp',
  source: '192.0.2.9',
  destination: '203.0.113.1',
  sourcePort: 40_000,
  destinationPort: 6000,
  replySource: '10.0.0.2',
  replyDestination: '192.0.2.9',
  replySourcePort: 5000,
  replyDestinationPort: 40_000,
};

/** As linux/netlink.h and linux/netfilter/nfnetlink_conntrack.h say, on a little-endian host. */
const words = (text: string): string => text.replaceAll(' ', '');
const HEADER = words('02010500 00000000 00000000');
const IPV4 = words('14000180 08000100 c0000209 08000200 cb007101');
const UDP = words('1c000280 05000100 11000000 06000200 9c400000 06000300 17700000');

test.runIf(endianness() === 'LE')('the message names the entry by its original direction', () => {
  expect(deletionOf(FLOW)).toBe(`48000000${HEADER}0200000034000180${IPV4}${UDP}`);
});

test.runIf(endianness() === 'LE')('its number and zone make it that entry and no other', () => {
  expect(deletionOf({ ...FLOW, id: 0x1234_5678, zone: 7 })).toBe(
    `58000000${HEADER}0200000034000180${IPV4}${UDP}060012000007000008000c0012345678`,
  );
  expect(deletionOf({ ...FLOW, originalZone: 8 })).toContain('0600030000080000');
});

test('an IPv6 address has 16 bytes', () => {
  expect(deletionOf({ ...FLOW, family: 'ip6', source: '2001:db8::9', destination: '2001:db8::1' })).toContain(
    '20010db8000000000000000000000009',
  );
});
