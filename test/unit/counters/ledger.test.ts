import { expect, test } from 'vitest';
import { EMPTY_LEDGER, NO_USAGE, ofBoot, prune, rename, settle, type Ledger } from '../../../src/counters/ledger.ts';
import type { CountedElement, Snapshot } from '../../../src/counters/snapshot.ts';
import { modelOf } from '../../support/model.ts';

const { forwards } = modelOf(`{ version: 1, forwards: [
  { name: web, listen: "203.0.113.1:6000", target: "10.0.0.2:5000" },
  { name: all, listen: "6001-6003", target: "10.0.0.3:7001-7003" },
  { name: out, listen: 6004, interface: eth0, target: "10.0.0.4:5000" },
  { name: in, listen: 6004, interface: eth1, target: "10.0.0.4:5001" }] }`);

const element = (port: number, packets: number, more: Partial<CountedElement> = {}): CountedElement => ({
  counted: 'sent',
  protocol: 'tcp',
  address: '203.0.113.1',
  port,
  target: '10.0.0.2',
  targetPort: 5000,
  packets,
  bytes: packets * 100,
  ...more,
});

const snapshot = (elements: readonly CountedElement[], handle = 1, network = 'boot net:[1]'): Snapshot => ({
  network,
  handle,
  elements,
  hasChains: true,
  isFull: false,
});

const settled = (...snapshots: readonly Snapshot[]): Ledger =>
  snapshots.reduce((ledger, one) => settle(ledger, one, forwards), EMPTY_LEDGER);

const sent = (ledger: Ledger, name: string): number | undefined => ledger.sums[name]?.sent.packets;

test('a value counts once, however often it is read', () => {
  const one = snapshot([element(6000, 3)]);
  expect(sent(settled(one, one, one), 'web')).toBe(3);
  expect(sent(settled(one, snapshot([element(6000, 5)])), 'web')).toBe(5);
});

test('a new table begins at 0, and so does another boot or network namespace', () => {
  const one = snapshot([element(6000, 3)]);
  expect(sent(settled(one, snapshot([element(6000, 4)], 2)), 'web')).toBe(7);
  expect(sent(settled(one, snapshot([element(6000, 4)], 1, 'later net:[1]')), 'web')).toBe(7);
  expect(sent(settled(one, snapshot([element(6000, 4)], 1, 'boot net:[2]'), one), 'web')).toBe(7);
});

test('a set that another program flushed begins at 0', () => {
  const both = snapshot([element(6000, 3), element(6001, 9, { target: '10.0.0.3', targetPort: 7001 })]);
  expect(sent(settled(both, snapshot([element(6000, 4)])), 'web')).toBe(7);
  expect(sent(settled(both, snapshot([element(6000, 2), element(6001, 9)])), 'web')).toBe(5);
});

test('elements with and without a target are counted apart', () => {
  const place = (packets: number): CountedElement =>
    element(6000, packets, { target: undefined, targetPort: undefined });
  expect(sent(settled(snapshot([place(3)]), snapshot([place(3), element(6000, 2)])), 'web')).toBe(5);
  const flushed = snapshot([place(2), element(6001, 9)]);
  expect(sent(settled(snapshot([place(5), element(6000, 3)]), flushed), 'web')).toBe(10);
  expect(sent(settled(snapshot([place(5), element(6000, 3)]), snapshot([place(7), element(6001, 9)])), 'web')).toBe(10);
});

test.each([
  ['a listen on an address', element(6000, 1), 'web'],
  ['without a target', element(6000, 1, { target: undefined, targetPort: undefined }), 'web'],
  ['another address', element(6000, 1, { address: '203.0.113.2' }), undefined],
  ['another protocol', element(6000, 1, { protocol: 'udp' }), undefined],
  ['an earlier target', element(6000, 1, { target: '10.0.0.9' }), 'web'],
  ['a port of a range', element(6002, 1, { target: '10.0.0.3', targetPort: 7002 }), 'all'],
  ['an interface, by the port of the target', element(6004, 1, { target: '10.0.0.4', targetPort: 5001 }), 'in'],
  ['another family', element(6001, 1, { address: '2001:db8::1', target: '2001:db8::2' }), undefined],
])('%s', (_, one, name) => {
  expect(Object.keys(settled(snapshot([one])).sums)).toEqual(name === undefined ? [] : [name]);
});

test('in the table of an earlier version, a first packet is in two sets, and counts once', () => {
  const { sums } = settled(snapshot([element(6000, 3), element(6000, 1, { counted: 'opened' })]));
  expect(sums).toEqual({
    web: { sent: { packets: 3, bytes: 300 }, replies: { packets: 0, bytes: 0 }, connections: 1 },
  });
});

test('connections, both directions and other names', () => {
  const ledger = settled(
    snapshot([element(6000, 3), element(6000, 2, { counted: 'replies' }), element(6000, 1, { counted: 'first' })]),
  );
  const web = { sent: { packets: 4, bytes: 400 }, replies: { packets: 2, bytes: 200 }, connections: 1 };
  expect(ledger.sums).toEqual({ web });
  const swapped = rename({ ...ledger, sums: { ...ledger.sums, all: NO_USAGE } }, [
    ['web', 'all'],
    ['all', 'web'],
  ]);
  expect(swapped.sums).toEqual({ all: web, web: NO_USAGE });
  expect(prune(swapped, new Set(['all'])).sums).toEqual({ all: web });
  expect(Object.keys(ofBoot(ledger, 'boot net:[9]').taken)).toEqual(['boot net:[1]']);
  expect(ofBoot(ledger, 'later net:[1]').taken).toEqual({});
});
