import { expect, test } from 'vitest';
import { parseFindings, parseText } from '../../support/model.ts';

const FORWARD = '- listen: 80\n  target: 10.0.0.2\n';
const HEAD = 'version: 1\nforwards:\n';

test.each([
  ['versoin: 1\nversion: 1\nforwards: []\n', '1:1 versoin', 'write its value in version, which is there already'],
  ['version: 1\nforward: []\nforwards: []\n', '2:1 forward', 'write its value in forwards, which is there already'],
  [`${HEAD}${FORWARD}  Name: web\n`, '5:3 forwards[0].Name', 'write name'],
  [`${HEAD}${FORWARD}  protocols: tcp\n`, '5:3 forwards[0].protocols', 'write protocol'],
  [`${HEAD}${FORWARD}  comnent: x\n`, '5:3 forwards[0].comnent', 'write comment'],
  [`${HEAD}${FORWARD}  inteface: x\n`, '5:3 forwards[0].inteface', 'write interface'],
  [`${HEAD}${FORWARD}  looopback: true\n`, '5:3 forwards[0].looopback', 'write loopback'],
  [`${HEAD}${FORWARD}  nmae: x\n`, '5:3 forwards[0].nmae', 'write name'],
  [`${HEAD}${FORWARD}  port: 80\n`, '5:3 forwards[0].port', /^write the port where clients connect in listen/],
  [`${HEAD}${FORWARD}  "a b": 80\n`, '5:3 forwards[0]["a b"]', /^use one of the keys name, protocol/],
  [`${HEAD}${FORWARD}  1: 80\n`, '5:3 forwards[0].1', /^use one of the keys name, protocol/],
  [`${HEAD}${FORWARD}  ~: 80\n`, '5:3 forwards[0].null', /^use one of the keys name, protocol/],
  [`${HEAD}${FORWARD}  ? [a, b]\n  : 80\n`, '5:5 forwards[0]["[a, b]"]', /^use one of the keys name, protocol/],
  [`${HEAD}${FORWARD}  ? {a: b}\n  : 80\n`, '5:5 forwards[0]["{a: b}"]', /^use one of the keys name, protocol/],
  [`${HEAD}${FORWARD}  "\\e[31m": 80\n`, '5:3 forwards[0]["\\u001b[31m"]', /^use one of the keys name, protocol/],
  [`${HEAD}${FORWARD}  "\\ud800": 80\n`, '5:3 forwards[0]["\\ud800"]', /^use one of the keys name, protocol/],
])('an unknown key in %j', (text, place, remedy) => {
  expect(parseFindings(text)).toEqual([`${place} model/unknown-key`]);
  expect(parseText(text).findings[0]?.remedy).toMatch(remedy);
});

test.each([
  [`version: 1\n${HEAD}${FORWARD}`, ['2:1 version file/duplicate-key']],
  [`${HEAD}${FORWARD}forwards: []\n`, ['5:1 forwards file/duplicate-key']],
  [`${HEAD}${FORWARD}  listen: 81\n`, ['5:3 forwards[0].listen file/duplicate-key']],
  [`${HEAD}${FORWARD}  "listen": 81\n`, ['5:3 forwards[0].listen file/duplicate-key']],
  [`{"version": 1, "forwards": [], "version": 1}`, ['1:32 version file/duplicate-key']],
  [
    `${HEAD}- listen: 0\n  target: 10.0.0.2\n  listen: 81\n`,
    ['3:11 forwards[0].listen listen/port', '5:3 forwards[0].listen file/duplicate-key'],
  ],
])('a duplicate key in %j', (text, expected) => {
  expect(parseFindings(text)).toEqual(expected);
});

test.each(['__proto__', 'constructor', 'prototype'])(
  '%s is a key like any other that is unknown, on every level',
  (key) => {
    expect(parseFindings(`${key}: {listen: 1}\n${HEAD}${FORWARD}  ${key}: {${key}: {enabled: false}}\n`)).toEqual([
      `1:1 ${key} model/unknown-key`,
      `6:3 forwards[0].${key} model/unknown-key`,
      `6:${key.length + 6} forwards[0].${key}.${key} model/unknown-key`,
    ]);
    expect(parseFindings(`{"${key}": {"version": 1, "forwards": []}}`)).toEqual([
      '1:1  model/missing-key',
      '1:1  model/missing-key',
      `1:2 ${key} model/unknown-key`,
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
);

test('what __proto__ holds is never taken for a key of the forward', () => {
  expect(parseFindings(`${HEAD}- listen: 80\n  __proto__: {target: 10.0.0.2}\n`)).toEqual([
    '3:3 forwards[0] model/missing-key',
    '4:3 forwards[0].__proto__ model/unknown-key',
  ]);
});

/** Words of other programs that say who may connect, and what people invent for it. */
const RESTRICTING =
  'source Source SOURCES source_ip source-address src allow allowed allow_from allowlist whitelist permit acl only clients deny blacklist except trusted any_word limit';

test.each(RESTRICTING.split(' '))('nothing advises to remove %s', (key) => {
  for (const more of ['', '  from: 192.0.2.1\n']) {
    const [finding] = parseText(`${HEAD}${FORWARD}${more}  ${key}: 198.51.100.0/24\n`).findings;
    expect(finding?.code).toBe('model/unknown-key');
    expect(finding?.remedy).toMatch(/\bfrom\b/);
    expect(finding?.remedy).not.toMatch(/remove/);
  }
});

test.each([
  ['{port: 88, to: "10.0.0.2:80"}', ['write listen: 88', 'write target: 10.0.0.2:80']],
  ['{dport: 88, dest: 10.0.0.2, iface: eth0}', ['write listen: 88', 'write target: 10.0.0.2', 'write interface: eth0']],
  [
    '{listen_port: 88, dest_ip: 10.0.0.2, proto: TCP}',
    ['write listen: 88', 'write target: 10.0.0.2', 'write protocol: tcp'],
  ],
  ['{Listen: 88, TARGET: 10.0.0.2}', ['write listen: 88', 'write target: 10.0.0.2']],
  ['{listen: 88, target: 10.0.0.2, source: 192.0.2.1}', ['write from: 192.0.2.1']],
  ['{listen: 88, target: 10.0.0.2, allow: [192.0.2.1, "2001:db8::1"]}', ['write from: [192.0.2.1, "2001:db8::1"]']],
  [
    '{listen: 88, target: 10.0.0.2, dev: eth0, proto: tcp/udp}',
    ['write interface: eth0', 'write protocol: [tcp, udp]'],
  ],
  ['{listen: 88, target: 10.0.0.2, snat: true}', ['write masquerade: always']],
  [
    '{listen: 88, target: 10.0.0.2, snat: {a: b}, dest_port: {a: b}}',
    ['write masquerade: always', 'write the port in target, as in target: 10.0.0.2:5000'],
  ],
  ['{listen: 88, target: 10.0.0.2, snat: no}', ['write masquerade: never']],
  ['{listen: 88, target: 10.0.0.2, dest_port: 80}', ['write the port in target, as in target: 10.0.0.2:80']],
  [
    '{listen: 88, target: 10.0.0.2, from: 192.0.2.1, source: 192.0.2.2}',
    ['write its value in from, which is there already'],
  ],
])('keys of other programs: %s', (item, remedies) => {
  expect(parseText(`${HEAD}- ${item}\n`).findings.map(({ remedy }) => remedy)).toEqual(remedies);
});

test.each([
  ['from: 192.0.2.0/24', 'write from: 192.0.2.0/24 in each forward; it is not a key of the whole file'],
  ['source: 192.0.2.0/24', 'write from: 192.0.2.0/24 in each forward; it is not a key of the whole file'],
  ['ip_forward: 1', 'write forwarding: enable to let this host route'],
  ['routing: yes', 'write forwarding: enable to let this host route'],
  ['routing: false', 'write forwarding: ignore, which never changes the routing of this host'],
  ['ip_forward: 0', 'write forwarding: ignore, which never changes the routing of this host'],
  ['forwardin: off', 'write forwarding: ignore, which never changes the routing of this host'],
  ['forwarding: false', 'write forwarding: ignore, which never changes the routing of this host'],
  ['forwarding: true', 'write forwarding: enable to let this host route'],
  ['forwarding: [enable]', 'write forwarding: require, forwarding: enable or forwarding: ignore'],
  ['routing: Require', 'write forwarding: require'],
  ['router: 10.0.0.1', 'write forwarding: require, forwarding: enable or forwarding: ignore'],
  ['rules: []', 'write its value in forwards, which is there already'],
])('at the top: %s', (line, remedy) => {
  expect(parseText(`version: 1\nforwards: []\n${line}\n`).findings.map((one) => one.remedy)).toEqual([remedy]);
});
