import { describe, expect, test } from 'vitest';
import { isStale, type Case } from './flows.ts';

const TO_A = 'tcp 203.0.113.7:4000 > 203.0.113.1:6000 > 10.0.0.2:5000';
const A = '6000:10.0.0.2:5000';
const B = '6000:10.0.0.3:5000';

describe('a flow that was translated', () => {
  test.each<[string, string, Case, boolean]>([
    ['ends with its forward', TO_A, { before: [A] }, true],
    ['goes on with its forward', TO_A, { before: [A], after: [A] }, false],
    ['ends when the target changes', TO_A, { before: [A], after: [B] }, true],
    ['ends when the target port changes', TO_A, { before: [A], after: ['6000:10.0.0.2:5001'] }, true],
    ['is not ours if there is no record', TO_A, { after: [B] }, false],
    ['is not ours if it goes to another target', TO_A, { before: [B] }, false],
    ['is not ours on another port', TO_A, { before: ['6001:10.0.0.2:5000'] }, false],
    ['is not ours at another address', TO_A, { before: ['203.0.113.2:6000:10.0.0.2:5000'] }, false],
    [
      'goes on when another forward does the same',
      TO_A,
      { before: [A], after: ['203.0.113.1:6000:10.0.0.2:5000'] },
      false,
    ],
    [
      'ends when its address is listened on no more',
      TO_A,
      { before: [A], after: ['203.0.113.2:6000:10.0.0.2:5000'] },
      true,
    ],
    [
      'ends when the source is treated otherwise',
      TO_A,
      { before: [A], after: ['{listen: 6000, target: "10.0.0.2:5000", masquerade: always}'] },
      true,
    ],
    [
      'goes on though only the name is new',
      TO_A,
      { before: [A], after: ['{name: x, listen: 6000, target: "10.0.0.2:5000"}'] },
      false,
    ],
    [
      'to an address that this host had goes on',
      TO_A.replace('203.0.113.1', '198.51.100.1'),
      { before: [A], after: [A] },
      false,
    ],
    [
      'to an address that this host had ends',
      TO_A.replace('203.0.113.1', '198.51.100.1'),
      { before: [A], after: [B] },
      true,
    ],
  ])('%s', (_, text, change, stale) => {
    expect(isStale(text, change)).toBe(stale);
    expect(isStale(text, { ...change, keepConnections: true })).toBe(false);
    expect(
      isStale(text.replace('tcp', 'sctp'), {
        before: protocol(change.before, 'sctp'),
        after: protocol(change.after, 'sctp'),
      }),
    ).toBe(stale && change.before !== undefined);
  });

  test('UDP flows are not kept', () => {
    const text = TO_A.replace('tcp', 'udp');
    expect(isStale(text, { before: [`${A}/udp`], after: [`${B}/udp`], keepConnections: true })).toBe(true);
    expect(isStale(TO_A, { before: [`${A}/udp`], after: [`${B}/udp`] })).toBe(false);
  });

  test('IPv6', () => {
    const text = 'tcp [2001:db8:1::7]:4000 > [2001:db8:1::1]:443 > [2001:db8:2::2]:8443';
    expect(isStale(text, { before: ['"[::]:443:[2001:db8:2::2]:8443"'] })).toBe(true);
    expect(
      isStale(text, { before: ['"[::]:443:[2001:db8:2::2]:8443"'], after: ['"[::]:443:[2001:db8:2::2]:8443"'] }),
    ).toBe(false);
  });

  test('by a range, each port by itself', () => {
    const [kept, shifted, shorter] = ['6000-6010:10.0.0.2', '6000-6010:10.0.0.2:5000-5010', '6000-6004:10.0.0.2'];
    expect(isStale(byRange(6005, 6005), { before: [kept], after: [shifted] })).toBe(true);
    expect(isStale(byRange(6005, 5005), { before: [shifted], after: [shifted] })).toBe(false);
    expect(isStale(byRange(6005, 5005), { before: [shifted], after: ['6005:10.0.0.2:5005'] })).toBe(false);
    expect(isStale(byRange(6005, 5004), { before: [shifted] })).toBe(false);
    expect(isStale(byRange(6004, 6004), { before: [kept], after: [shorter] })).toBe(false);
    expect(isStale(byRange(6005, 6005), { before: [kept], after: [shorter] })).toBe(true);
  });

  test('from 127.0.0.1 ends when the forward leaves it alone', () => {
    const text = 'tcp 127.0.0.1:4000 > 127.0.0.1:6000 > 10.0.0.2:5000 as 10.0.0.1:4000';
    const loopback = '{listen: 6000, target: "10.0.0.2:5000", loopback: true}';
    expect(isStale(text, { before: [loopback], after: [loopback] })).toBe(false);
    expect(isStale(text, { before: [loopback], after: [A] })).toBe(true);
    expect(
      isStale('tcp 127.0.0.1:1 > 127.0.0.1:6000 > 192.168.0.2:5000', {
        before: ['6000:192.168.0.2:5000'],
        after: ['6000:192.168.0.2:5000'],
      }),
    ).toBe(false);
  });

  test('goes on when the interfaces become more, and ends when they become fewer or others', () => {
    expect(isStale(TO_A, { before: [on('eth0')], after: [A] })).toBe(false);
    expect(isStale(TO_A, { before: [on('eth0')], after: [on('[eth0, eth1]')] })).toBe(false);
    expect(isStale(TO_A, { before: [on('eth0')], after: [on('"eth*"')] })).toBe(false);
    expect(isStale(TO_A, { before: [A], after: [on('eth0')] })).toBe(true);
    expect(isStale(TO_A, { before: [on('[eth0, eth1]')], after: [on('eth0')] })).toBe(true);
    expect(isStale(TO_A, { before: [on('eth0')], after: [on('eth1')] })).toBe(true);
    expect(isStale(TO_A, { before: [on('[eth0, eth1]')], after: [on('eth1'), on('eth0')] })).toBe(false);
  });

  test('of two that share a listen by interface ends where neither leads', () => {
    const before = [on('eth0', '10.0.0.2'), on('eth1', '10.0.0.3')];
    expect(isStale(TO_A, { before, after: [on('eth0', '10.0.0.4'), on('eth1', '10.0.0.3')] })).toBe(true);
    expect(isStale(TO_A, { before, after: [on('eth0', '10.0.0.2'), on('eth1', '10.0.0.4')] })).toBe(false);
  });
});

describe('a UDP flow that was not translated', () => {
  const PAST = 'udp 203.0.113.7:4000 > 203.0.113.1:6000';
  const udp = `${A}/udp`;
  test.each<[string, string, Case, boolean]>([
    ['moves to a new forward', PAST, { before: [], after: [udp] }, true],
    ['moves if there is no record', PAST, { after: [udp] }, true],
    ['moves even to a forward that is not new', PAST, { before: [udp], after: [udp] }, true],
    ['moves to a forward of its address', PAST, { after: ['203.0.113.1:6000:10.0.0.2:5000/udp'] }, true],
    ['stays on another port', PAST, { after: ['6001:10.0.0.2:5000/udp'] }, false],
    ['stays at another address', PAST, { after: ['203.0.113.2:6000:10.0.0.2:5000/udp'] }, false],
    ['stays where a removed forward was', PAST, { before: [udp] }, false],
    ['stays in transit', 'udp 203.0.113.7:4000 > 10.0.0.2:6000', { after: [udp] }, false],
    ['stays on its way out', 'udp 203.0.113.1:4000 > 203.0.113.7:6000', { after: [udp] }, false],
    [
      'stays where the forward leads anyway',
      'udp 203.0.113.7:1 > 192.168.0.2:5000',
      { after: ['5000:192.168.0.2/udp'] },
      false,
    ],
    ['stays when it is TCP', PAST.replace('udp', 'tcp'), { after: [A] }, false],
    ['of another family stays', 'udp [2001:db8:1::7]:4000 > [2001:db8:1::1]:6000', { after: [udp] }, false],
    [
      'of IPv6 moves',
      'udp [2001:db8:1::7]:4000 > [2001:db8:1::1]:6000',
      { after: ['"[::]:6000:[2001:db8:2::2]:5000/udp"'] },
      true,
    ],
    ['to ::1 stays', 'udp [::1]:4000 > [::1]:6000', { after: ['"[::]:6000:[2001:db8:1::1]:5000/udp"'] }, false],
    [
      'from a link-local address stays',
      'udp [fe80::7]:4000 > [2001:db8:1::1]:6000',
      { after: ['"[::]:6000:[2001:db8:2::2]:5000/udp"'] },
      false,
    ],
    [
      'of this host to its link-local address stays',
      'udp [2001:db8:1::1]:4000 > [fe80::1]:6000',
      { after: ['"[::]:6000:[2001:db8:1::1]:5000/udp"'] },
      false,
    ],
    [
      'from a link-local address moves to this host',
      'udp [fe80::7]:4000 > [2001:db8:1::1]:6000',
      { after: ['"[::]:6000:[2001:db8:1::1]:5000/udp"'] },
      true,
    ],
    ['to 127.0.0.1 stays for another host', 'udp 127.0.0.1:4000 > 127.0.0.1:6000', { after: [udp] }, false],
    [
      'to 127.0.0.1 moves to this host',
      'udp 127.0.0.1:4000 > 127.0.0.1:6000',
      { after: ['6000:192.168.0.2:5000/udp'] },
      true,
    ],
    [
      'to 127.0.0.1 moves by loopback',
      'udp 127.0.0.1:1 > 127.0.0.1:6000',
      { after: ['{listen: 6000, target: 10.0.0.2, protocol: udp, loopback: true}'] },
      true,
    ],
    [
      'to 127.0.0.1 moves where it is listened on',
      'udp 127.0.0.1:1 > 127.0.0.1:6000',
      { after: ['127.0.0.1:6000:192.168.0.2:5000/udp'] },
      true,
    ],
  ])('%s', (_, text, change, stale) => {
    expect(isStale(text, change)).toBe(stale);
    expect(isStale(text, { ...change, keepConnections: true })).toBe(stale);
  });

  test('that came in by another interface is found by a new forward, and left alone afterwards', () => {
    const bound = '{listen: 6000, target: 10.0.0.2, protocol: udp, interface: eth0}';
    expect(isStale(PAST, { before: [], after: [bound] })).toBe(true);
    expect(isStale(PAST, { before: [bound], after: [bound] })).toBe(false);
  });

  test("of another program's NAT stays", () => {
    expect(isStale('udp 203.0.113.7:4000 > 203.0.113.1:6000 > 172.17.0.2:80', { before: [udp], after: [udp] })).toBe(
      false,
    );
  });
});

const byRange = (port: number, target: number): string =>
  `tcp 203.0.113.7:1 > 203.0.113.1:${port} > 10.0.0.2:${target}`;

const on = (interfaces: string, target = '10.0.0.2'): string =>
  `{listen: 6000, target: "${target}:5000", interface: ${interfaces}, wildcard: true}`;

const protocol = (items: readonly string[] | undefined, name: string): string[] =>
  (items ?? []).map((item) => (item.startsWith('{') ? item.replace('}', `, protocol: ${name}}`) : `${item}/${name}`));
