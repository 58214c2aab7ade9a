import { expect, test } from 'vitest';
import { collect } from '../../../src/trace/collect.ts';
import { readEvent } from '../../../src/trace/event.ts';
import { tell } from '../../../src/trace/steps.ts';
import { judge } from '../../../src/trace/verdict.ts';

const packet = (id: string, place: string, interfaces: string, more = 'ip id 7 tcp sport 4000 tcp dport 80') =>
  `trace id ${id} ${place} packet: ${interfaces} ip saddr 198.51.100.7 ip daddr 203.0.113.1 ${more} tcp flags == syn`;

const START = (id: string) => `trace id ${id} inet pf_trace_1 pf_start rule meta nftrace set 1 (verdict continue)`;

function collected(lines: readonly string[], most = 10) {
  const collector = collect('pf_trace_1', most);
  for (const line of lines) collector.read(line, 0);
  return collector;
}

test('a packet passes prerouting again with the interface of its VRF', () => {
  const [connection] = collected([
    packet('1', 'inet pf_trace_1 pf_start', 'iif "eth0"'),
    START('1'),
    packet('1', 'inet pf_trace_1 pf_pre_last', 'iif "eth0"'),
    packet('2', 'inet pf_trace_1 pf_pre_first', 'iif "blue"'),
    packet('2', 'inet pf_trace_1 pf_pre_last', 'iif "blue"'),
    packet('2', 'inet pf_trace_1 pf_in_last', 'iif "blue"'),
  ]).connections();
  if (connection === undefined) throw new Error('nothing was collected');
  const { steps, reached } = tell(connection.request);
  expect(steps.map((step) => [step.kind, 'interface' in step ? step.interface : ''])).toEqual([
    ['came in', 'eth0'],
    ['came in', 'blue'],
    ['delivered', ''],
  ]);
  expect(reached.kind).toBe('delivered');
});

test('an ID that the kernel uses again is another packet', () => {
  const other = 'ip id 8 tcp sport 4001 tcp dport 80';
  const connections = collected([
    packet('1', 'inet pf_trace_1 pf_start', 'iif "eth0"'),
    START('1'),
    packet('1', 'inet pf_trace_1 pf_in_last', 'iif "eth0"'),
    packet('1', 'inet pf_trace_1 pf_start', 'iif "eth0"', other),
    START('1'),
    packet('1', 'inet pf_trace_1 pf_pre_last', 'iif "eth0"', other),
  ]).connections();
  expect(connections.map((connection) => judge(connection, false).verdict.kind)).toEqual(['not forwarded', 'lost']);
});

test('a packet that the client sends again is counted', () => {
  const lines = ['1', '2', '3'].flatMap((id) => [packet(id, 'inet pf_trace_1 pf_start', 'iif "eth0"'), START(id)]);
  expect(collected(lines).connections()).toMatchObject([{ repeats: 2 }]);
});

test('other traces, and more connections than wanted, are left out', () => {
  const lines = ['1', '2', '3'].flatMap((id) => [
    packet(id, 'inet pf_trace_1 pf_start', 'iif "eth0"', `ip id ${id} tcp sport ${id} tcp dport 80`),
    START(id),
  ]);
  expect(collected(lines, 2).connections()).toHaveLength(2);
  expect(collected(lines.map((line) => line.replace('pf_trace_1', 'pf_trace_2'))).connections()).toEqual([]);
});

test('nothing is concluded from what is missing if events were lost', () => {
  const collector = collected([
    packet('1', 'inet pf_trace_1 pf_start', 'iif "eth0"'),
    START('1'),
    '# ERROR: We lost some netlink events!',
  ]);
  const [connection] = collector.connections();
  expect(connection && judge(connection, collector.lost()).verdict).toEqual({ kind: 'unknown' });
});

test('a rule that hands the packet to a program', () => {
  const [connection] = collected([
    packet('1', 'inet pf_trace_1 pf_start', 'iif "eth0"'),
    START('1'),
    packet('1', 'inet ips in', 'iif "eth0"'),
    'trace id 1 inet ips in rule queue to 0 (verdict queue)',
  ]).connections();
  expect(connection && judge(connection, false).verdict).toMatchObject({
    kind: 'queued',
    table: 'inet ips',
    chain: 'in',
  });
});

test.each([
  ['trace id 0a inet fw forward policy drop meta mark 0x00000007', { kind: 'policy', verdict: 'drop', mark: 7 }],
  ['trace id 0a inet fw policy policy accept ', { table: 'inet fw', chain: 'policy', verdict: 'accept' }],
  [
    'trace id 0a inet fw a b rule tcp dport 1 comment "packet: (verdict drop)" (verdict accept)',
    { chain: 'a b', rule: 'tcp dport 1 comment "packet: (verdict drop)"', verdict: 'accept' },
  ],
  ['trace id 0a ip filter FORWARD unknown rule handle 12 (verdict drop)', { handle: '12', verdict: 'drop' }],
])('reads %s', (line, expected) => {
  expect(readEvent(line)).toMatchObject(expected);
});

test.each(['', 'trace id', 'trace id 1 inet', '# ERROR: x', 'trace id 1 arp a b packet: iif "eth0" arp htype 1'])(
  'does not read %j',
  (line) => expect(readEvent(line)).toBeUndefined(),
);
