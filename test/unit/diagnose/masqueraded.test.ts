import { expect, test } from 'vitest';
import { masquerades } from '../../../src/diagnose/replies/masqueraded.ts';
import { restoresMarks } from '../../../src/diagnose/replies/restored-marks.ts';
import { iptables, nftTable } from '../../support/observations.ts';

const nat = (...lines: readonly string[]) => [iptables(lines, { name: 'nat' })];
const out = (...expr: readonly unknown[]) => [
  nftTable({ type: 'nat', hook: 'postrouting', priority: 100 }, { base: [expr] }, 'ip'),
];
const on = (key: string, right: unknown, op = '==') => ({ match: { op, left: { meta: { key } }, right } });

test.each([
  [nat('-A POSTROUTING -o wg0 -j MASQUERADE'), true],
  [nat('-A POSTROUTING -j MASQUERADE'), true],
  [nat('-A POSTROUTING -o wg+ -j SNAT --to-source 10.8.0.1'), true],
  [nat('-A POSTROUTING -o eth0 -j MASQUERADE'), false],
  [nat('-A POSTROUTING ! -o wg0 -j MASQUERADE'), false],
  [nat('-A POSTROUTING -s 172.17.0.0/16 -o wg0 -j MASQUERADE'), false],
  [nat('-A POSTROUTING -o wg0 -p udp -j MASQUERADE'), false],
  [out(on('oifname', 'wg0'), { masquerade: null }), true],
  [out(on('oifname', { set: ['eth0', 'wg*'] }), { counter: {} }, { snat: { addr: '10.8.0.1' } }), true],
  [out({ masquerade: null }), true],
  [out(on('oifname', 'eth0'), { masquerade: null }), false],
  [out(on('oifname', 'wg0', '!='), { masquerade: null }), false],
  [out(on('oifname', 'wg0'), on('l4proto', 'udp'), { masquerade: null }), false],
  [out(on('oifname', 'wg0'), { accept: null }), false],
  [undefined, false],
])('%j rewrites what leaves through wg0: %s', (tables, expected) => {
  expect(masquerades(tables)('wg0', 'ip')).toBe(expected);
  expect(masquerades(tables)('wg0', 'ip6')).toBe(false);
});

const mangle = (value: unknown) => [
  nftTable({ hook: 'prerouting' }, { base: [[{ mangle: { key: { meta: { key: 'mark' } }, value } }]] }),
];

const marked = (left: unknown) => [
  nftTable(
    { hook: 'prerouting' },
    { base: [[{ match: { op: '==', left, right: 512 } }, { mangle: { key: { meta: { key: 'mark' } }, value: 512 } }]] },
  ),
];

test.each([
  [[iptables(['-A PREROUTING -i lan0 -j CONNMARK --restore-mark'], { name: 'mangle' })], true],
  [[iptables(['-A PREROUTING -i wan2 -j CONNMARK --set-mark 0x2'], { name: 'mangle' })], false],
  [mangle({ ct: { key: 'mark' } }), true],
  [mangle({ '&': [{ ct: { key: 'mark' } }, 255] }), true],
  [mangle(7), false],
  [marked({ ct: { key: 'mark' } }), true],
  [marked({ '&': [{ ct: { key: 'mark' } }, 512] }), true],
  [marked({ meta: { key: 'iifname' } }), false],
  [[iptables(['-A PREROUTING -m connmark --mark 0x2/0x2 -j MARK --set-xmark 0x2/0x2'], { name: 'mangle' })], true],
  [[], false],
  [undefined, true],
])('%j copies connection marks to packets: %s', (tables, expected) => {
  expect(restoresMarks(tables, 'prerouting')).toBe(expected);
  expect(restoresMarks(tables, 'output')).toBe(tables === undefined);
});
