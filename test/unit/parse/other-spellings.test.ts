import { expect, test } from 'vitest';
import { fileOf, parseText } from '../../support/model.ts';

const remediesOf = (item: string): string[] => parseText(fileOf(item)).findings.map(({ remedy }) => remedy);

test.each([
  ['{listen: "8000:8010", target: 10.0.0.2}', 'write a range as 8000-8010'],
  ['{listen: "8443:443", target: 10.0.0.2}', 'write the first one alone, and the port of the target in the key target'],
  ['{listen: "80,443", target: 10.0.0.2}', 'write a list: [80, 443]'],
  ['{listen: "80, 443, 8000-8010", target: 10.0.0.2}', 'write a list: [80, 443, 8000-8010]'],
  ['{listen: "eth0:80,443", target: 10.0.0.2}', 'write a list: ["eth0:80", "eth0:443"]'],
  ['"8000:8010:10.0.0.2"', 'write a range as 8000-8010: 8000-8010:10.0.0.2'],
  ['"80,443:10.0.0.2:90"', 'write a mapping: {listen: [80, 443], target: "10.0.0.2:90"}'],
  ['{listen: 80, target: 10.0.0.2, protocol: TCP}', 'write tcp'],
  ['{listen: 80, target: 10.0.0.2, protocol: both}', 'write [tcp, udp]'],
  ['{listen: 80, target: 10.0.0.2, protocol: all}', 'write [tcp, udp]'],
  ['{listen: 80, target: 10.0.0.2, protocol: tcp/udp}', 'write [tcp, udp]'],
  ['{listen: 80, target: 10.0.0.2, protocol: UDP+TCP}', 'write [udp, tcp]'],
  ['{listen: 80, target: 10.0.0.2, protocol: [TCP, udp]}', 'write tcp'],
  ['{listen: 80, target: 10.0.0.2, protocol: icmp}', 'write tcp, udp or sctp, or a list of them'],
  ['80:10.0.0.2/both', 'write a mapping with the keys listen and target, and protocol: [tcp, udp]'],
  ['80:10.0.0.2/tcp/udp', 'write a mapping with the keys listen and target, and protocol: [tcp, udp]'],
  [
    '{listen: 80, target: 10.0.0.2, from: "!192.0.2.0/24"}',
    'list the clients that are allowed; from cannot exclude clients',
  ],
])('%s: %s', (item, remedy) => {
  expect(remediesOf(item)).toEqual([remedy]);
});

test.each(['8080', '":8080"', '"8080"', '"80:8080"'])(
  'the target %s is a port of this host or of another',
  (target) => {
    expect(remediesOf(`{listen: 80, target: ${target}}`)).toEqual([
      'write the address of the machine in front of it, such as 192.168.0.2:8080; for a service of this host write 127.0.0.1:8080 and loopback: true',
    ]);
  },
);

test('a shorthand without an address shows both', () => {
  expect(remediesOf('"8443:443"')).toEqual([
    'write 8443:192.168.0.2:443; for a service of this host write {listen: 8443, target: "127.0.0.1:443", loopback: true}',
  ]);
});

test.each([
  ['{port: 88, to: "10.0.0.2:80"}', ['write listen', 'write target']],
  ['{listen_port: 88, dest_ip: 10.0.0.2, proto: tcp}', ['write listen', 'write target', 'write protocol']],
  ['{listen: 88, target: 10.0.0.2, source: 192.0.2.1}', ['write from']],
])('keys of other programs: %s', (item, remedies) => {
  expect(remediesOf(item)).toEqual(remedies);
});

test('what a remedy says is taken', () => {
  for (const item of [
    '{listen: 8443, target: "127.0.0.1:443", loopback: true}',
    '{listen: [80, 443], target: "10.0.0.2:90"}',
    '8000-8010:10.0.0.2',
    '{listen: ["eth0:80", "eth0:443"], target: 10.0.0.2, protocol: [tcp, udp]}',
  ])
    expect(remediesOf(item)).toEqual([]);
});
