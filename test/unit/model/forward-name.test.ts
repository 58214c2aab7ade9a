import { expect, test } from 'vitest';
import { fileOf, forwardsOf, parseFindings } from '../../support/model.ts';

test('a derived name stays the same when others come and go', () => {
  const alone = forwardsOf('"6000:10.0.0.2"')[0]?.name;
  expect(forwardsOf('"5999:10.0.0.2"', '"6000:10.0.0.2"').map(({ name }) => name)).toContain(alone);
});

test('what differs in protocol, family, address, port or interface has another derived name', () => {
  const items = [
    '"6000:10.0.0.2"',
    '"6000:10.0.0.2/udp"',
    '"6000:[2001:db8::2]"',
    '"192.0.2.1:6000:10.0.0.2"',
    '"6001:10.0.0.2"',
    '"6000-6010:10.0.0.2"',
    '{listen: 6000, target: 10.0.0.2, interface: "6010"}',
    '{listen: 6000, target: 10.0.0.2, interface: br-lan}',
    '{listen: 6000, target: 10.0.0.2, interface: [br, lan]}',
    '{listen: 6000, target: 10.0.0.2, protocol: [tcp, udp]}',
  ];
  expect(new Set(forwardsOf(...items).map(({ name }) => name)).size).toBe(items.length);
});

test.each([
  '1a',
  '6000',
  '-a',
  'a b',
  '"a;b"',
  '"a}b"',
  `'a"b'`,
  '"a\\nb"',
  'é',
  '"\\ud800"',
  '"\\u001b[31m"',
  '""',
  'a'.repeat(64),
])('the name %s is refused', (name) => {
  expect(
    parseFindings(fileOf(`{listen: 80, target: 10.0.0.2, name: ${/^\d+$/.test(name) ? `"${name}"` : name}}`)),
  ).toEqual(['3:40 forwards[0].name forward/name']);
});

test.each(['a', 'fwd', 'meta', 'a'.repeat(63)])('the name %s is taken', (name) => {
  expect(forwardsOf(`{listen: 80, target: 10.0.0.2, name: ${name}}`)[0]?.name).toBe(name);
});

const off = (target: string, more = ''): string => `{listen: 6000, target: ${target}, enabled: false${more}}`;
const namesOf = (...items: readonly string[]): string[] => forwardsOf(...items).map(({ name }) => name);

test('of unnamed forwards with one listen the one that is switched on has the plain name, the others are numbered', () => {
  expect(namesOf(off('10.0.0.2'), '"6000:10.0.0.3"')).toEqual(['tcp-6000-1', 'tcp-6000']);
  expect(namesOf('"6000:10.0.0.3"', off('10.0.0.2'), off('10.0.0.4'))).toEqual([
    'tcp-6000',
    'tcp-6000-2',
    'tcp-6000-3',
  ]);
  expect(namesOf(off('10.0.0.2'))).toEqual(['tcp-6000']);
});

test('switched off, none takes the plain name: who switches it on again gets no other', () => {
  expect(namesOf(off('10.0.0.2'), off('10.0.0.3'))).toEqual(['tcp-6000-1', 'tcp-6000-2']);
});

test('the number passes over a name that is given, and given names stay', () => {
  const given = '{name: tcp-6000-2, listen: 80, target: 10.0.0.2}';
  expect(namesOf('"6000:10.0.0.3"', off('10.0.0.2'), off('10.0.0.4'), given)).toEqual([
    'tcp-6000',
    'tcp-6000-3',
    'tcp-6000-4',
    'tcp-6000-2',
  ]);
  expect(namesOf(off('10.0.0.2', ', name: tcp-6000'), off('10.0.0.3'))).toEqual(['tcp-6000', 'tcp-6000-1']);
});

test('twenty thousand of one listen are named in no time', () => {
  const names = namesOf(...Array.from({ length: 20_000 }, () => '{listen: 1, target: 10.0.0.2, enabled: false}'));
  expect(new Set(names).size).toBe(20_000);
});
