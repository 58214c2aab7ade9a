import { expect, test } from 'vitest';
import type { Forward } from '../../../src/model/model.ts';
import { fileOf, forwardsOf, modelOf } from '../../support/model.ts';

const path = ['forwards', 0];
const at = (key: string): (string | number)[] => [...path, key];
const listen = (first: number, last = first) => ({ ports: { first, last }, path: at('listen') });
const target = (address: string, first?: number, last = first) => ({
  address,
  path: at('target'),
  ...(first === undefined || last === undefined ? {} : { ports: { first, last } }),
});
const TCP6000: Forward = {
  name: 'tcp-6000',
  family: 'ip',
  protocols: ['tcp'],
  listens: [listen(6000)],
  target: target('192.168.0.2', 5000),
  interfaces: [],
  from: [],
  masquerade: 'auto',
  mss: 'keep',
  loopback: false,
  enabled: true,
  path,
};

test.each<[string, Partial<Forward>]>([
  ['"6000:192.168.0.2:5000"', {}],
  ['6000:192.168.0.2:5000', {}],
  ['"6000:192.168.0.2:5000/tcp"', {}],
  ['"*:6000:192.168.0.2:5000"', {}],
  ['"6000:192.168.0.2:5000/udp"', { name: 'udp-6000', protocols: ['udp'] }],
  ['"6000:192.168.0.2:5000/sctp"', { name: 'sctp-6000', protocols: ['sctp'] }],
  ['"6000:192.168.0.2"', { target: target('192.168.0.2') }],
  ['"0.0.0.0:6000:192.168.0.2:5000"', { listens: [{ family: 'ip', ...listen(6000) }] }],
  [
    '"203.0.113.1:6000:192.168.0.2:5000"',
    { name: 'tcp-203.0.113.1-6000', listens: [{ family: 'ip', address: '203.0.113.1', ...listen(6000) }] },
  ],
  [
    '"27000-27100:10.0.0.7:28000-28100/udp"',
    {
      name: 'udp-27000-27100',
      protocols: ['udp'],
      listens: [listen(27000, 27100)],
      target: target('10.0.0.7', 28000, 28100),
    },
  ],
  [
    '"[::]:443:[2001:db8::10]:8443"',
    {
      name: 'tcp6-443',
      family: 'ip6',
      listens: [{ family: 'ip6', ...listen(443) }],
      target: target('2001:db8::10', 8443),
    },
  ],
  [
    '"[2001:db8::1]:443:[2001:db8::10]"',
    {
      name: 'tcp6-2001:db8::1-443',
      family: 'ip6',
      listens: [{ family: 'ip6', address: '2001:db8::1', ...listen(443) }],
      target: target('2001:db8::10'),
    },
  ],
  ['{listen: 6000, target: 192.168.0.2:5000}', {}],
  ['{listen: "6000", target: "192.168.0.2:5000"}', {}],
  ['{listen: "*:6000", target: "192.168.0.2:5000"}', {}],
  ['{"listen": 6000, "target": "192.168.0.2:5000"}', {}],
  [
    '{listen: 6000, target: "192.168.0.2:5000", protocol: [udp, tcp, udp]}',
    { name: 'udp+tcp-6000', protocols: ['udp', 'tcp'] },
  ],
  ['{listen: 6000, target: "192.168.0.2:5000", name: web.Site_1-a}', { name: 'web.Site_1-a' }],
  [
    '{listen: 6000, target: "192.168.0.2:5000", interface: eth0.7}',
    { name: 'tcp-6000@eth0.7', interfaces: ['eth0.7'] },
  ],
  [
    '{listen: 6000, target: "192.168.0.2:5000", interface: [eth0, ppp*, eth0], wildcard: true}',
    { name: 'tcp-6000@eth0,ppp*', interfaces: ['eth0', 'ppp*'] },
  ],
  ['{listen: 6000, target: "192.168.0.2:5000", masquerade: always}', { masquerade: 'always' }],
  ['{listen: 6000, target: "192.168.0.2:5000", mss: clamp}', { mss: 'clamp' }],
  ['{listen: 6000, target: "192.168.0.2:5000", loopback: true}', { loopback: true }],
  ['{listen: 6000, target: "192.168.0.2:5000", enabled: false}', { enabled: false }],
  ['{listen: 6000, target: "192.168.0.2:5000", comment: "\\"naïve\\" 😀"}', { comment: '"naïve" 😀' }],
  [
    '{listen: [6000, "203.0.113.1:6001", "7000-7001"], target: 192.168.0.2}',
    {
      listens: [
        { ...listen(6000), path: [...at('listen'), 0] },
        { ...listen(6001), path: [...at('listen'), 1], family: 'ip', address: '203.0.113.1' },
        { ...listen(7000, 7001), path: [...at('listen'), 2] },
      ],
      target: target('192.168.0.2'),
    },
  ],
  ['{listen: 1, target: 10.0.0.1:65535}', { name: 'tcp-1', listens: [listen(1)], target: target('10.0.0.1', 65535) }],
])('%s', (item, over) => {
  expect(forwardsOf(item)).toEqual([{ ...TCP6000, ...over }]);
});

test('the top level has defaults, and takes others', () => {
  expect(modelOf('version: 1\nforwards: []\n')).toEqual({
    version: 1,
    forwarding: 'require',
    priority: -105,
    counters: true,
    forwards: [],
  });
  expect(
    modelOf('{"forwarding": "ignore", "priority": -199, "counters": false, "version": 1, "forwards": []}'),
  ).toMatchObject({
    forwarding: 'ignore',
    priority: -199,
    counters: false,
  });
});

test('mss at the top level is the default of every forward with TCP', () => {
  const items = ['6000:192.168.0.2', '6001:192.168.0.2/udp', '{listen: 6002, target: 192.168.0.2, mss: keep}'];
  const mss = (top: string): string[] => modelOf(`mss: ${top}\n${fileOf(...items)}`).forwards.map((one) => one.mss);
  expect(mss('clamp')).toEqual(['clamp', 'keep', 'keep']);
  expect(mss('keep')).toEqual(['keep', 'keep', 'keep']);
});

test.each([
  ['JSON', JSON.stringify({ version: 1, forwards: ['6000:192.168.0.2:5000'] })],
  ['a byte order mark', '\ufeffversion: 1\nforwards: [6000:192.168.0.2:5000]\n'],
  ['Windows line ends', 'version: 1\r\nforwards:\r\n  - "6000:192.168.0.2:5000"\r\n'],
  [
    'a document start and end, and the right %YAML',
    '%YAML 1.2\n---\nversion: 1\nforwards: [6000:192.168.0.2:5000]\n...\n',
  ],
  ['block scalars', 'version: 1\nforwards:\n  - >-\n    6000:192.168.0.2:5000\n'],
  ['explicit keys', '? version\n: 1\n? forwards\n: - 6000:192.168.0.2:5000\n'],
])('reads %s', (_, text) => {
  expect(modelOf(text).forwards.map(({ name, target }) => [name, target.address])).toEqual([
    ['tcp-6000', '192.168.0.2'],
  ]);
});
