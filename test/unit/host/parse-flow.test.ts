import { expect, test } from 'vitest';
import { Failure } from '../../../src/failure/failure.ts';
import { parseFlow } from '../../../src/host/conntrack/parse.ts';

const FORWARDED = {
  family: 'ip',
  protocol: 'tcp',
  source: '203.0.113.7',
  destination: '203.0.113.1',
  sourcePort: 43210,
  destinationPort: 6000,
  replySource: '10.0.0.2',
  replyDestination: '203.0.113.7',
  replySourcePort: 5000,
  replyDestinationPort: 43210,
};

/** Printed by conntrack 1.4.7, on kernel 6.18. */
test.each([
  [
    'a forwarded connection',
    'ipv4     2 tcp      6 431999 ESTABLISHED src=203.0.113.7 dst=203.0.113.1 sport=43210 dport=6000 src=10.0.0.2 dst=203.0.113.7 sport=5000 dport=43210 [ASSURED] mark=0 use=1',
    { ...FORWARDED, state: 'ESTABLISHED' },
  ],
  [
    'one with accounting',
    'ipv4     2 tcp      6 119 TIME_WAIT src=203.0.113.7 dst=203.0.113.1 sport=43210 dport=6000 packets=5 bytes=270 src=10.0.0.2 dst=203.0.113.7 sport=5000 dport=43210 packets=3 bytes=164 [ASSURED] mark=0 secctx=system_u:object_r:unlabeled_t:s0 use=1',
    { ...FORWARDED, state: 'TIME_WAIT', bytes: { sent: 270, replies: 164 } },
  ],
  [
    'an offloaded one, which has no timeout',
    'ipv4     2 tcp      6 src=203.0.113.7 dst=203.0.113.1 sport=43210 dport=6000 src=10.0.0.2 dst=203.0.113.7 sport=5000 dport=43210 [OFFLOAD] mark=0 use=3',
    FORWARDED,
  ],
  [
    'a datagram without an answer',
    'ipv6     10 udp      17 29 src=2001:db8::7 dst=2001:db8::1 sport=1 dport=3 [UNREPLIED] src=2001:db8::1 dst=2001:db8::7 sport=3 dport=1 mark=0 use=1',
    {
      family: 'ip6',
      protocol: 'udp',
      source: '2001:db8::7',
      destination: '2001:db8::1',
      sourcePort: 1,
      destinationPort: 3,
      replySource: '2001:db8::1',
      replyDestination: '2001:db8::7',
      replySourcePort: 3,
      replyDestinationPort: 1,
      unreplied: true,
    },
  ],
  [
    'a masqueraded SCTP association',
    'ipv4     2 sctp     132 99 COOKIE_ECHOED src=10.0.0.3 dst=10.0.0.1 sport=1 dport=2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=5000 dport=1024 mark=0 use=1',
    {
      family: 'ip',
      protocol: 'sctp',
      source: '10.0.0.3',
      destination: '10.0.0.1',
      sourcePort: 1,
      destinationPort: 2,
      replySource: '10.0.0.2',
      replyDestination: '10.0.0.1',
      replySourcePort: 5000,
      replyDestinationPort: 1024,
      state: 'COOKIE_ECHOED',
      unreplied: true,
    },
  ],
])('%s is read', (_, line, flow) => {
  expect(parseFlow(line)).toEqual(flow);
});

test.each([
  [
    'both directions',
    'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 [UNREPLIED] src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 zone=7 use=1',
    { zone: 7 },
  ],
  [
    'the original one',
    'ipv4     2 udp      17 29 src=127.0.0.1 dst=127.0.0.1 sport=51152 dport=77 zone-orig=5 packets=1 bytes=30 [UNREPLIED] src=127.0.0.1 dst=127.0.0.1 sport=77 dport=51152 packets=0 bytes=0 mark=0 use=1',
    { originalZone: 5 },
  ],
  [
    'the reply',
    'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=4 [UNREPLIED] src=9.9.9.9 dst=1.2.3.4 sport=44 dport=1 zone-reply=6 mark=0 use=1',
    { replyZone: 6 },
  ],
])('the zone of %s is read', (_, line, zone) => {
  const { zone: both, originalZone, replyZone } = parseFlow(line) ?? {};
  expect({ zone: both, originalZone, replyZone }).toEqual(zone);
});

test.each([
  'ipv4     2 icmp     1 99 src=1.2.3.4 dst=5.6.7.8 type=8 code=0 id=5 [UNREPLIED] src=5.6.7.8 dst=1.2.3.4 type=0 code=0 id=5 mark=0 use=1',
  'ipv4     2 gre      47 99 src=1.2.3.4 dst=5.6.7.8 srckey=0x1 dstkey=0x2 [UNREPLIED] src=5.6.7.8 dst=1.2.3.4 srckey=0x2 dstkey=0x1 mark=0 use=1',
  'ipv4     2 dccp     33 99 src=1.2.3.4 dst=5.6.7.8 sport=0 dport=0 [UNREPLIED] src=5.6.7.8 dst=1.2.3.4 sport=0 dport=0 mark=0 use=1',
  'ipv6     10 icmpv6   58 29 src=fe80::1 dst=fe80::2 type=128 code=0 id=1 src=fe80::2 dst=fe80::1 type=129 code=0 id=1 mark=0 use=1',
  'ipv4     2 unknown  89 99 src=1.2.3.4 dst=5.6.7.8 [UNREPLIED] src=5.6.7.8 dst=1.2.3.4 mark=0 use=1',
])('a flow of another protocol is ignored: %s', (line) => {
  expect(parseFlow(line)).toBeUndefined();
});

test.each([
  'conntrack v1.4.7 (conntrack-tools): 10 flow entries have been shown.',
  'udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 [UNREPLIED] src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1',
  'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2',
  'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=65536 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1',
  'ipv4     2 tcp      6 99 ESTABLISHED src=host dst=5.6.7.8 sport=1 dport=2 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1',
  '<?xml version="1.0" encoding="utf-8"?>',
  'ipv4     2 udp      17 99 src=1.2.3 dst=5.6.7.8 sport=1 dport=2 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1',
  'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 src=5.6.7.999 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1',
  'ipv6     10 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1',
  'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 zone=65536 use=1',
  'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1 id=4294967296',
  'ipv4     2 udp      17 99 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 mark=0 use=1 id=-1',
])('a line that is not a flow is refused: %s', (line) => {
  expect(() => parseFlow(line)).toThrow(Failure);
});
