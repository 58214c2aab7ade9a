import { describe, expect, test } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const item = (listen: string, more = '', target = '10.0.0.9'): string =>
  `{listen: "${listen}", target: "${target}"${more}}`;
const codesOf = (...items: readonly string[]): string[] =>
  check(modelOf(fileOf(...items)), GATEWAY)
    .map(({ code }) => code)
    .filter((code) => code !== 'listen/loopback-left-alone');

test.each([
  ['every address', item('eth0:80'), item('80')],
  ['one address', item('eth0:80'), item('192.0.2.1:80')],
  ['the same interface', item('eth0:80-90'), item('eth0:85')],
  ['a wildcard', item('eth0:80'), item('eth*:80', ', wildcard: true')],
  ['every address, of another interface', item('eth0:80'), item('80', ', interface: lan0')],
])('a listen on an interface overlaps %s', (_, one, other) => {
  expect(codesOf(one, other)).toEqual(['listen/overlap']);
  expect(codesOf(other, one)).toEqual(['listen/overlap']);
});

test.each([
  ['another port', item('eth0:80'), item('eth0:81')],
  ['another family', item('eth0:80'), item('eth0:80', '', '[2001:db8::9]')],
  ['another protocol', item('eth0:80'), item('eth0:80', ', protocol: udp')],
  ['another interface with the same target', item('eth0:80'), item('eth1:80')],
  ['another interface in the same forward', '{listen: ["eth0:80", "eth1:80"], target: 10.0.0.9}', item('81')],
  ['what comes in through another interface', item('eth0:80'), item('eth1:80', ', interface: eth1', '10.0.0.8')],
  ['what comes in elsewhere', item('eth0:80', ', interface: eth0'), item('80', ', interface: eth1')],
])('a listen on an interface does not overlap %s', (_, one, other) => {
  expect(codesOf(one, other)).toEqual([]);
  expect(codesOf(other, one)).toEqual([]);
});

describe('two interfaces with the same port', () => {
  test.each([
    ['different targets', item('eth0:80'), item('eth1:80', '', '10.0.0.8'), ['listen/ambiguous-interface']],
    [
      'a third interface in common',
      item('eth0:80', ', interface: [eth0, lan0]'),
      item('eth1:80', ', interface: [eth1, lan0]', '10.0.0.8'),
      ['listen/ambiguous-interface'],
    ],
    ['different clients', item('eth0:80', ', from: 192.0.2.7'), item('eth1:80'), ['listen/overlap']],
    ['different masquerading', item('eth0:80'), item('eth1:80', ', masquerade: always'), ['listen/overlap']],
    ['no interface in common', item('eth0:80', ', interface: eth0'), item('eth1:80', '', '10.0.0.8'), []],
  ])('%s', (_, one, other, codes) => {
    expect(codesOf(one, other)).toEqual(codes);
    expect(codesOf(other, one)).toEqual(codes);
  });

  test('the message names the one that wins', () => {
    const [finding] = check(modelOf(fileOf(item('wan9:80'), item('eth1:80', '', '10.0.0.8'))));
    expect(finding).toMatchObject({
      message: expect.stringMatching(/through other interfaces, so tcp-eth1-80 takes such connections$/),
      remedy: expect.stringMatching(/^write interface: eth1 in this forward or interface: wan9 in the other/),
    });
  });
});

test('a target that is an address of the interface is a listen', () => {
  expect(codesOf(item('lan0:80', '', '10.0.0.1:81'), item('lan0:81'))).toEqual(['target/is-a-listen']);
  expect(codesOf(item('wan0:80', '', '10.0.0.1:81'), item('wan0:81'))).toEqual([]);
  expect(codesOf(item('lan0:80', '', '10.0.0.1:80'))).toEqual([]);
});

test('loopback: true has no meaning for a listen on an interface, except for a target in 127.0.0.0/8', () => {
  expect(codesOf(item('lan0:80', ', loopback: true'))).toEqual(['forward/loopback']);
  expect(codesOf(item('lan0:80', ', loopback: true', '127.0.0.1:81'))).toEqual([]);
});
