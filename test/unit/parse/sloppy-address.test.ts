import { expect, test } from 'vitest';
import { fileOf, parseFindings, parseText } from '../../support/model.ts';

test.each([
  ['010.0.0.1', 'write it without leading zeros: 10.0.0.1'],
  ['10.0.0.256', 'use numbers from 0 to 255'],
  ['192.168.7', 'write four numbers, such as 192.168.0.2'],
  ['10.0.1', 'write four numbers, such as 192.168.0.2'],
  ['1.2.3.4.5', 'write four numbers, such as 192.168.0.2'],
  ['0x0a.0.0.1', /names are not looked up/],
  ['example.org', /names are not looked up/],
  ['localhost', 'write 127.0.0.1 and loopback: true'],
  ['localhost:8080', 'write 127.0.0.1:8080 and loopback: true'],
  ['Localhost:8080-8090', 'write 127.0.0.1:8080-8090 and loopback: true'],
  ['"[fe80::1%eth0]"', /remove the zone/],
  ['10.0.0.1%eth0', /remove the zone/],
  ['"[::ffff:1.2.3.4]"', /write the IPv4 address itself/],
  ['"[::ffff:102:304]"', /write the IPv4 address itself/],
  ['"[2001:DB8::1]"', 'write 2001:db8::1'],
  ['"[2001:0db8::1]"', 'write 2001:db8::1'],
  ['"[2001:db8:0:0:0:0:0:1]"', 'write 2001:db8::1'],
  ['"[2001:db8::0:1]"', 'write 2001:db8::1'],
  ['"[2001:db8::1:1:1:1:1]"', 'write 2001:db8:0:1:1:1:1:1'],
  ['10.0.0.1/24', 'write one address, not a prefix'],
  ['"[2001:db8::1/64]"', 'write one address, not a prefix'],
  ['"[::10/-64]:443"', /use a unique local address \(fd00::\/8\) of the target/],
  ['"[10.0.0.1]"', 'write 10.0.0.1'],
  ['" 10.0.0.1"', 'write 10.0.0.1'],
  ['"10.0.0.1\\0"', /names are not looked up/],
  ['"１0.0.0.1"', /names are not looked up/],
  ['""', /write an address/],
  ['"*"', /write an address/],
])('target: %s', (target, remedy) => {
  const text = fileOf(`{listen: 80, target: ${target}}`);
  expect(parseFindings(text)).toEqual(['3:24 forwards[0].target target/address']);
  expect(parseText(text).findings[0]?.remedy).toMatch(remedy);
});

test.each(['2001:db8::1', '"fe80::1%eth0"', '"[2001:db8::1"', '"[2001:db8::1]8443"', '"10.0.0.1:80:80"'])(
  'the target %s is in no form at all',
  (target) => {
    expect(parseFindings(fileOf(`{listen: 80, target: ${target}}`))).toEqual(['3:24 forwards[0].target target/syntax']);
  },
);

test.each(['010.0.0.1:80', 'localhost:80', '"[::ffff:1.2.3.4]:80"', '"[0::]:80"', '"[*]:80"', '"[0.0.0.0]:80"'])(
  'listen: %s',
  (listen) => {
    expect(parseFindings(fileOf(`{listen: ${listen}, target: 10.0.0.2}`))).toEqual([
      '3:12 forwards[0].listen listen/address',
    ]);
  },
);

test.each(['"::"', '"[::1"', '2001:db8::1:443', '"[::]443"'])('the listen %s is in no form at all', (listen) => {
  expect(parseFindings(fileOf(`{listen: ${listen}, target: 10.0.0.2}`))).toEqual([
    '3:12 forwards[0].listen listen/syntax',
  ]);
});

test.each([
  ['10.0.0.2', /write LISTEN:TARGET/],
  ['"80:80"', 'write 80:192.168.0.2:80'],
  ['1.2.3.4:10.0.0.2', 'write "1.2.3.4:6000:10.0.0.2"'],
  ['1.2.3.4:10.0.0.2:80/udp', 'write "1.2.3.4:6000:10.0.0.2:80"'],
  ['"[::]:[2001:db8::2]:80"', 'write "[::]:6000:[2001:db8::2]:80"'],
  ['1.2.3.4:80', /write LISTEN:TARGET/],
  ['80:10.0.0.2:80:80', /write LISTEN:TARGET/],
  ['80:10.0.0.2/icmp', 'write /tcp, /udp or /sctp'],
  ['80:10.0.0.2/', 'write /tcp, /udp or /sctp'],
  ['" 80:10.0.0.2"', 'write 80:10.0.0.2'],
  ['"80:[2001:db8::1"', /write LISTEN:TARGET/],
  ['""', /write LISTEN:TARGET/],
])('the shorthand %s', (item, remedy) => {
  expect(parseFindings(fileOf(item))).toEqual(['3:3 forwards[0] forward/shorthand']);
  expect(parseText(fileOf(item)).findings[0]?.remedy).toMatch(remedy);
});
