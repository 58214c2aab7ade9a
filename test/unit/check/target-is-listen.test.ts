import { expect, test } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { checkFindings, fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const FIRST = ['3:3 forwards[0].target target/is-a-listen'];

test.each<[string, string[], string[]]>([
  ['a listen of another forward', ['80:192.0.2.1:81', '192.0.2.1:81:10.0.0.2'], FIRST],
  ['a port in a listened range', ['80:192.0.2.1:85', '192.0.2.1:81-90:10.0.0.2'], FIRST],
  ['a range that meets a listen', ['80-90:192.0.2.1:180-190', '192.0.2.1:185:10.0.0.2'], FIRST],
  ['a kept port', ['81:192.0.2.1', '192.0.2.1:81:10.0.0.2'], [...FIRST, '4:3 forwards[1].listen listen/overlap']],
  ['its own listen', ['192.0.2.1:80:192.0.2.1:80'], FIRST],
  ['its own range, shifted', ['192.0.2.1:80-90:192.0.2.1:85-95'], FIRST],
  [
    'each other',
    ['192.0.2.1:80:192.0.2.2:80', '192.0.2.2:80:192.0.2.1:80'],
    [...FIRST, '4:3 forwards[1].target target/is-a-listen'],
  ],
  ['IPv6', ['80:[2001:db8::1]:81', '"[2001:db8::1]:81:[2001:db8::2]"'], FIRST],
  [
    'one of several protocols',
    ['{listen: 80, target: "192.0.2.1:81", protocol: [tcp, udp]}', '192.0.2.1:81:10.0.0.2/udp'],
    ['3:24 forwards[0].target target/is-a-listen'],
  ],
  ['another protocol', ['80:192.0.2.1:81', '192.0.2.1:81:10.0.0.2/udp'], []],
  ['another port', ['80:192.0.2.1:82', '192.0.2.1:81:10.0.0.2'], []],
  ['another address', ['80:192.0.2.9:81', '192.0.2.1:81:10.0.0.2'], []],
  [
    'a listen that is switched off',
    ['80:192.0.2.1:81', '{listen: 192.0.2.1:81, target: 10.0.0.2, enabled: false}'],
    [],
  ],
  ['a listen on any address of who knows which host', ['80:192.0.2.1:81', '81:10.0.0.2'], []],
])('%s', (_, items, expected) => {
  const found = checkFindings(items);
  expect([...found].sort()).toEqual([...expected].sort());
});

test.each<[string, string[], string[]]>([
  ['a listen on any address, and the target is this host', ['80:10.0.0.1:81', '81:10.0.0.2'], FIRST],
  ['a listen on any address, and the target is another host', ['80:10.0.0.2:81', '81:10.0.0.3'], []],
  ['its own listen on any address at another port', ['80-90:10.0.0.1:85-95'], FIRST],
  ['its own listen on any address at the same port: the packet stays as it is', ['80:10.0.0.1'], []],
  [
    'another listen on any address at the same port',
    ['80:10.0.0.1', '192.0.2.1:80:10.0.0.1'],
    ['4:3 forwards[1].listen listen/overlap', '4:3 forwards[1].target target/is-a-listen'],
  ],
  ['IPv6', ['80:[2001:db8::1]:81', '81:[2001:db8::2]'], FIRST],
])('with host facts: %s', (_, items, expected) => {
  expect(checkFindings(items, GATEWAY)).toEqual(expected);
});

const remedyOf = (...items: string[]): string | undefined =>
  check(modelOf(fileOf(...items))).find(({ code }) => code === 'target/is-a-listen')?.remedy;

test('the remedy is the final target, or for a loop the address where the service listens', () => {
  expect(remedyOf('80:192.0.2.1:81', '192.0.2.1:81:10.0.0.2:82')).toBe(
    'write the target of tcp-192.0.2.1-81, 10.0.0.2:82',
  );
  expect(remedyOf('80:192.0.2.1:85', '192.0.2.1:81-90:10.0.0.2')).toContain(
    '10.0.0.2:81-90 with the port that you want',
  );
  expect(remedyOf('192.0.2.1:80:192.0.2.1:80')).toContain('where the service itself listens');
});
