import { describe, expect, test } from 'vitest';
import { staleFlows } from '../../../src/flows/stale.ts';
import { flow, forwards, isStale, LOCAL, type Case } from './flows.ts';

const TO_A = 'tcp 203.0.113.7:4000 > 203.0.113.1:6000 > 10.0.0.2:5000';
const A = '6000:10.0.0.2:5000';
const from = (sources: string, more = ''): string =>
  `{listen: 6000, target: "10.0.0.2:5000", from: [${sources}]${more}}`;

describe('when who may use a forward changes', () => {
  const [HIS, NOT_HIS] = [from('203.0.113.7, 198.51.100.0/24'), from('198.51.100.0/24')];

  test.each<[string, string, Case, boolean]>([
    ['the flow of a client that is let in goes on', TO_A, { before: [A], after: [HIS] }, false],
    ['the flow of another ends', TO_A, { before: [A], after: [NOT_HIS] }, true],
    ['it ends when its client goes from the list', TO_A, { before: [HIS], after: [NOT_HIS] }, true],
    ['it goes on when the list becomes longer', TO_A, { before: [from('203.0.113.0/24')], after: [HIS] }, false],
    ['it goes on if every client may', TO_A, { before: [HIS], after: [A] }, false],
    ['what lingers from before ends with the next change', TO_A, { before: [NOT_HIS], after: [NOT_HIS] }, true],
    ["the host's own goes on", TO_A.replace('203.0.113.7', '203.0.113.1'), { before: [A], after: [NOT_HIS] }, false],
    [
      'it ends even where another forward lets others in there',
      TO_A,
      { before: [A], after: [from('198.51.100.7', ', interface: eth0'), from('192.0.2.0/24', ', interface: eth1')] },
      true,
    ],
    [
      "another program's is not ours",
      'tcp 203.0.113.7:1 > 203.0.113.1:6000 > 10.0.0.9:80',
      { before: [A], after: [NOT_HIS] },
      false,
    ],
  ])('%s', (_, text, change, stale) => {
    expect(isStale(text, change)).toBe(stale);
    expect(isStale(text, { ...change, keepConnections: true })).toBe(false);
  });

  test('only the flow itself is named, since others of the listen go on', () => {
    const [stale] = staleFlows({
      flows: [flow(TO_A)],
      before: forwards([A]),
      after: forwards([NOT_HIS]),
      localAddresses: LOCAL,
      interfacesWith: () => [],
      keepConnections: false,
    });
    expect(stale?.scope).toBe('flow');
  });

  test('datagrams to the address and port of a target on this host are translated too', () => {
    const [open, narrow] = ['', ', from: 198.51.100.0/24'].map(
      (more) => `{listen: 5000, target: 192.168.0.2, protocol: udp${more}}`,
    );
    const direct = 'udp 203.0.113.7:1 > 192.168.0.2:5000';
    expect(isStale(direct, { before: [open ?? ''], after: [narrow ?? ''] })).toBe(true);
    expect(isStale(direct, { before: [open ?? ''], after: [open ?? ''] })).toBe(false);
    expect(isStale(direct.replace('203.0.113.7', '198.51.100.7'), { before: [], after: [narrow ?? ''] })).toBe(false);
    const onEth0 = narrow?.replace('}', ', interface: eth0}') ?? '';
    expect(isStale(direct, { before: [onEth0], after: [onEth0] })).toBe(false);
  });

  test('in transit to the address and port of a target, it is none of ours', () => {
    const [open, narrow] = ['', ', from: 198.51.100.0/24'].map((more) => `{listen: 5000, target: 10.0.0.2${more}}`);
    const transit = 'tcp 203.0.113.7:1 > 10.0.0.2:5000';
    expect(isStale(transit, { before: [open ?? ''], after: [narrow ?? ''] })).toBe(false);
    expect(isStale(transit.replace('tcp', 'udp'), { before: [open ?? ''], after: [narrow ?? ''] })).toBe(false);
  });

  test('datagrams past the forward, to a service of the host, end too', () => {
    const narrow = '{listen: 6000, target: 10.0.0.2, protocol: udp, from: 198.51.100.0/24}';
    const past = 'udp 203.0.113.7:4000 > 203.0.113.1:6000';
    expect(isStale(past, { before: [], after: [narrow] })).toBe(true);
    expect(isStale(past, { before: [narrow], after: [narrow] })).toBe(true);
    const six = '{listen: "[::]:6000", target: "[2001:db8:2::2]", protocol: udp, from: ["2001:db8::/32", fe80::7]}';
    expect(isStale('udp [fe80::7]:1 > [2001:db8:1::1]:6000', { before: [six], after: [six] })).toBe(false);
    expect(isStale('udp [fe80::8]:1 > [2001:db8:1::1]:6000', { before: [six], after: [six] })).toBe(true);
  });
});
