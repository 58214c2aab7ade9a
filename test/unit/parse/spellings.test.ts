import { expect, test } from 'vitest';
import { formatListen, formatTarget, type Forward } from '../../../src/model/model.ts';
import { fileOf, forwardsOf, parseText } from '../../support/model.ts';

const remediesOf = (text: string): string[] => parseText(text).findings.map(({ remedy }) => remedy);

/** `PROTOCOLS LISTENS TARGET FROM INTERFACES` */
const meaningOf = ({ protocols, listens, family, target, from, interfaces }: Forward): string =>
  [
    protocols.join('+'),
    listens.map((listen) => formatListen(listen, family)).join(','),
    formatTarget(target),
    from.join(','),
    interfaces.join(','),
  ]
    .join(' ')
    .trimEnd();

test.each([
  ['{listen: "80,443", target: 10.0.0.2}', 'tcp 80,443 10.0.0.2'],
  ['{listen: "80, 443, 8000-8010", target: 10.0.0.2}', 'tcp 80,443,8000-8010 10.0.0.2'],
  ['{listen: "203.0.113.1:80,203.0.113.2:80", target: 10.0.0.2}', 'tcp 203.0.113.1:80,203.0.113.2:80 10.0.0.2'],
  ['{listen: ":8080", target: 10.0.0.2}', 'tcp 8080 10.0.0.2'],
  ['{listen: [":8080", ":8081-8082"], target: 10.0.0.2}', 'tcp 8080,8081-8082 10.0.0.2'],
  ['{listen: 80/udp, target: 10.0.0.2}', 'udp 80 10.0.0.2'],
  ['{listen: 80/UDP, target: 10.0.0.2, protocol: udp}', 'udp 80 10.0.0.2'],
  ['{listen: "203.0.113.1:53/tcp+udp", target: 10.0.0.2:53}', 'tcp+udp 203.0.113.1:53 10.0.0.2:53'],
  ['{listen: 53, target: 10.0.0.2:5353/udp}', 'udp 53 10.0.0.2:5353'],
  ['{listen: 53/udp, target: 10.0.0.2:5353/udp}', 'udp 53 10.0.0.2:5353'],
  ['{listen: [80/udp, 443/udp], target: 10.0.0.2}', 'udp 80,443 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, protocol: TCP}', 'tcp 80 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, protocol: Udp}', 'udp 80 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, protocol: both}', 'tcp+udp 80 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, protocol: tcp/udp}', 'tcp+udp 80 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, protocol: "tcp,udp"}', 'tcp+udp 80 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, protocol: tcp and udp}', 'tcp+udp 80 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, protocol: UDP+TCP}', 'udp+tcp 80 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, protocol: [TCP, udp]}', 'tcp+udp 80 10.0.0.2'],
  ['{listen: 80, target: 10.0.0.2, interface: "eth0, eth1"}', 'tcp 80 10.0.0.2  eth0,eth1'],
  ['{listen: 80, target: 10.0.0.2, from: "10.1.0.1, 192.0.2.0/24"}', 'tcp 80 10.0.0.2 10.1.0.1,192.0.2.0/24'],
  [
    '{listen: 80, target: 10.0.0.2, from: 10.0.0.1-10.0.0.9}',
    'tcp 80 10.0.0.2 10.0.0.1,10.0.0.2/31,10.0.0.4/30,10.0.0.8/31',
  ],
  [
    '{listen: 80, target: 10.0.0.2, from: [192.0.2.8 - 192.0.2.15, 192.0.2.1]}',
    'tcp 80 10.0.0.2 192.0.2.8/29,192.0.2.1',
  ],
  [
    '{listen: 80, target: "[2001:db8::2]", from: "2001:db8::-2001:db8::ff"}',
    'tcp [::]:80 [2001:db8::2] 2001:db8::/120',
  ],
  ['80,443:10.0.0.2', 'tcp 80,443 10.0.0.2'],
  [':8080:10.0.0.2:80', 'tcp 8080 10.0.0.2:80'],
  ['80/udp:10.0.0.2:53', 'udp 80 10.0.0.2:53'],
  ['80/udp:10.0.0.2:53/UDP', 'udp 80 10.0.0.2:53'],
  ['53:10.0.0.2/both', 'tcp+udp 53 10.0.0.2'],
  ['53:10.0.0.2/TCP', 'tcp 53 10.0.0.2'],
  ['53:10.0.0.2/tcp/udp', 'tcp+udp 53 10.0.0.2'],
  ['53:10.0.0.2/udp,tcp', 'udp+tcp 53 10.0.0.2'],
  ['0.0.0.0:80:10.0.0.2', 'tcp 80 10.0.0.2'],
  ['"*:80:10.0.0.2"', 'tcp 80 10.0.0.2'],
  ['"[::1]:80:[2001:db8::2]:80"', 'tcp [::1]:80 [2001:db8::2]:80'],
])('%s is taken as %s', (item, meaning) => {
  expect(forwardsOf(item).map(meaningOf)).toEqual([meaning]);
});

const HOST = '; for a service of this host write ';

test.each([
  [
    '{listen: "8000:8010", target: 10.0.0.2}',
    'write listen: 8000-8010 for a range of ports, or listen: 8000 with target: 10.0.0.2:8010 for one port',
  ],
  ['{listen: "8443:443", target: 10.0.0.2:80}', 'write listen: 8443 with target: 10.0.0.2:443'],
  ['{listen: "203.0.113.1:80,443", target: 10.0.0.2}', 'write a list: ["203.0.113.1:80", "203.0.113.1:443"]'],
  ['{listen: "eth0:80,443", target: 10.0.0.2}', 'write a list: ["eth0:80", "eth0:443"]'],
  ['{listen: 80 443, target: 10.0.0.2}', 'write a list: [80, 443]'],
  ['{listen: "80;443", target: 10.0.0.2}', 'write a list: [80, 443]'],
  ['{listen: 80/udp, target: 10.0.0.2, protocol: tcp}', 'write 80, and protocol: udp in a forward of its own'],
  ['{listen: udp/80, target: 10.0.0.2}', 'write 80, and protocol: udp in a forward of its own'],
  ['{listen: tcp:80, target: 10.0.0.2}', 'write the port alone, and protocol: tcp beside it'],
  ['{listen: 80 - 90, target: 10.0.0.2}', 'write 80-90'],
  ['{listen: 80..90, target: 10.0.0.2}', 'write 80-90'],
  ['{listen: any:80, target: 10.0.0.2}', 'write 80 to listen on every address'],
  [
    '{listen: eth0:1:80, target: 10.0.0.2}',
    /^write the address that ip address shows for eth0:1, such as 203\.0\.113\.1:80;/,
  ],
  ['{listen: ":::80", target: "[2001:db8::2]"}', 'write "[::]:80"'],
  ['{listen: "::1:80", target: "[2001:db8::2]"}', 'write "[::1]:80", or "[::1:80]:6000" if 80 belongs to the address'],
  ['{listen: 80, target: 2001:db8::2}', /^write "\[2001:db8::2\]"|"\[2001:db8::2\]" if 2 belongs to the address$/],
  ['{listen: 80, target: 10.0.0.2 5000}', 'write 10.0.0.2:5000'],
  ['{listen: 80, target: "http://10.0.0.2:8080/"}', 'write 10.0.0.2:8080'],
  ['{listen: 80, target: "[10.0.0.2]:90"}', 'write 10.0.0.2:90'],
  ['{listen: 80, target: "[2001:DB8::2]:90"}', 'write "[2001:db8::2]:90"'],
  ['{listen: 80, target: "10.0.0.2,10.0.0.3"}', 'write one address; a forward has one target'],
  ['{listen: 80, target: 10.0.0.2, interface: eth0:1}', 'write eth0; for that address alone, write it in listen'],
  ['{listen: 80, target: 10.0.0.2, interface: "!eth0"}', 'name the interfaces that are wanted; none can be excluded'],
  ['{listen: 80, target: 10.0.0.2, interface: any}', /^name the interfaces;/],
  ['{listen: 80, target: 10.0.0.2, protocol: icmp}', 'write tcp, udp or sctp, or a list of them'],
  ['{listen: 80, target: 10.0.0.2, protocol: all}', 'write [tcp, udp]'],
  ['{listen: 80, target: 10.0.0.2, protocol: 17}', 'write udp'],
  ['{listen: 80, target: 10.0.0.2, protocol: tcp6}', 'write tcp; the target decides between IPv4 and IPv6'],
  ['{listen: 80, target: 10.0.0.2, enabled: no}', 'write false'],
  ['{listen: 80, target: 10.0.0.2, enabled: True, loopback: "on"}', 'write true'],
  ['{listen: 80, target: 10.0.0.2, masquerade: yes}', 'write always'],
  ['{listen: 80, target: 10.0.0.2, masquerade: Never}', 'write never'],
  ['{listen: 80, target: 10.0.0.2, mss: true}', 'write clamp'],
  ['{listen: 80, target: 10.0.0.2, from: 10.0.0.1-9}', 'write 10.0.0.1-10.0.0.9'],
  ['{listen: 80, target: 10.0.0.2, from: 10.0.0.9-10.0.0.1}', 'write 10.0.0.1-10.0.0.9'],
  ['{listen: 80, target: 10.0.0.2, from: 198.51.100.7/255.255.255.0}', 'write 198.51.100.0/24'],
  ['8000:8010:10.0.0.2', 'write 8000-8010:10.0.0.2'],
  ['203.0.113.1:8000:8010:10.0.0.2:9000:9010', 'write 203.0.113.1:8000-8010:10.0.0.2:9000-9010'],
  ['"6000 -> 10.0.0.2:80"', 'write 6000:10.0.0.2:80'],
  ['6000 10.0.0.2:80', 'write 6000:10.0.0.2:80'],
  ['6000=10.0.0.2:80', 'write 6000:10.0.0.2:80'],
  ['tcp:80:10.0.0.2:80', 'write 80:10.0.0.2:80/tcp'],
  ['udp 53 10.0.0.53', 'write 53:10.0.0.53/udp'],
  ['0.0.0.0 80 10.0.0.2 8080', 'write 0.0.0.0:80:10.0.0.2:8080'],
  ['port=80:proto=tcp:toport=8080:toaddr=10.0.0.2', 'write 80:10.0.0.2:8080/tcp'],
  ['*:80:10.0.0.2', 'write 80:10.0.0.2, or "*:80:10.0.0.2" in quotes'],
  ['"8443:443"', `write 8443:192.168.0.2:443${HOST}{listen: 8443, target: "127.0.0.1:443", loopback: true}`],
  ['"127.0.0.1:80:8080"', /^write 127\.0\.0\.1:80:192\.168\.0\.2:8080;/],
  ['[::]:443:[2001:db8::10]:8443', 'write "[::]:443:[2001:db8::10]:8443", with the quotes'],
])('%s: %s', (item, remedy) => {
  const remedies = remediesOf(fileOf(item));
  expect(remedies).toHaveLength(1);
  expect(remedies[0]).toMatch(remedy);
});

test.each([
  ['listen: *:443\n  target: 10.0.0.2', ['write 443, or "*:443" in quotes']],
  [
    'listen: [::]:443\n  target: [2001:db8::10]:8443',
    ['write "[::]:443", with the quotes', 'write "[2001:db8::10]:8443", with the quotes'],
  ],
])('without quotes: %j', (item, remedies) => {
  expect(remediesOf(fileOf(item))).toEqual(remedies);
});

test.each(['8080', '":8080"', '"8080"', '"80:8080"'])(
  'the target %s is a port of this host or of another',
  (target) => {
    expect(remediesOf(fileOf(`{listen: 80, target: ${target}}`))).toEqual([
      `write the address of the machine in front of it, such as 192.168.0.2:8080${HOST}127.0.0.1:8080 and loopback: true`,
    ]);
  },
);

test.each(['{listen: 80/udp, target: 10.0.0.2, protocol: {a: b}}', '{listen: [80/udp, {a: b}], target: 10.0.0.2}'])(
  '%s is reported',
  (item) => {
    expect(remediesOf(fileOf(item)).length).toBeGreaterThan(0);
  },
);

test('what a remedy says is accepted', () => {
  for (const item of [
    '{listen: 8443, target: "127.0.0.1:443", loopback: true}',
    '{listen: 8000, target: 10.0.0.2:8010}',
    '8000-8010:10.0.0.2',
    '{listen: ["eth0:80", "eth0:443"], target: 10.0.0.2, protocol: [tcp, udp]}',
    '"[::]:443:[2001:db8::10]:8443"',
  ])
    expect(remediesOf(fileOf(item))).toEqual([]);
});
