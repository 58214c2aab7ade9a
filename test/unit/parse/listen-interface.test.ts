import { describe, expect, test } from 'vitest';
import { deriveName } from '../../../src/model/forward-name.ts';
import { formatListen } from '../../../src/model/model.ts';
import { fileOf, forwardsOf, parseFindings, parseText } from '../../support/model.ts';

const item = (listen: string, more = ''): string => `{listen: ${listen}, target: 10.0.0.2${more}}`;

test.each([
  ['eth0:443', 'eth0'],
  ['eth0.7:443', 'eth0.7'],
  ['br-lan:443', 'br-lan'],
  ['6in4-wan:443', '6in4-wan'],
  ['veth1@if2:443', 'veth1@if2'],
  ['abcdefghijklmno:443', 'abcdefghijklmno'],
])('%s listens on the addresses of %s', (listen, name) => {
  const [forward] = forwardsOf(item(`"${listen}"`));
  expect(forward?.listens).toEqual([
    { interface: name, ports: { first: 443, last: 443 }, path: ['forwards', 0, 'listen'] },
  ]);
  expect(forward?.listens.map((one) => formatListen(one, 'ip'))).toEqual([listen]);
  expect(forward && deriveName(forward)).toBe(`tcp-${name}-443`);
});

test('in shorthand, in a list, with a range, for IPv6', () => {
  const [short, listed, six] = forwardsOf(
    'eth0:443:10.0.0.2:8443/udp',
    item('["eth0:8000-8010", "eth0.7:80"]'),
    '{listen: "eth0:443", target: "[2001:db8::2]"}',
  );
  expect(short).toMatchObject({ name: 'udp-eth0-443', listens: [{ interface: 'eth0' }] });
  expect(listed?.listens.map((one) => formatListen(one, 'ip'))).toEqual(['eth0:8000-8010', 'eth0.7:80']);
  expect(six).toMatchObject({ name: 'tcp6-eth0-443', family: 'ip6', listens: [{ interface: 'eth0' }] });
});

test('a name that ends in * needs wildcard: true', () => {
  expect(parseFindings(fileOf(item('"ppp*:443"')))).toEqual(['3:12 forwards[0].listen forward/interface']);
  expect(forwardsOf(item('"ppp*:443"', ', wildcard: true'))[0]).toMatchObject({
    name: 'tcp-ppp*-443',
    listens: [{ interface: 'ppp*' }],
  });
});

describe('what is not an interface', () => {
  test.each([
    ['lo:443', /such as 127\.0\.0\.1/],
    ['localhost:443', /^write 127\.0\.0\.1:443$/],
    ['LOCALHOST:8000-8010', /^write 127\.0\.0\.1:8000-8010$/],
    ['example.org:443', /names are not looked up/],
    ['www.example.org:443', /names are not looked up/],
    ['abcdefghijklmnop:443', /at most 15 characters; host names are not looked up/],
    ['any:443', /^write 443 to listen/],
    ['all:443', /^write 443 to listen/],
    ['10.0.0.1%eth0:443', /remove the zone/],
    ['1.2.3.x4:443', /names are not looked up/],
    ['"*eth:443"', /as ip link shows it/],
  ])('%s', (listen, remedy) => {
    const text = fileOf(item(listen));
    expect(parseFindings(text)).toHaveLength(1);
    expect(parseFindings(text)[0]).toMatch(/^3:12 forwards\[0\]\.listen (?:listen\/address|forward\/interface)$/);
    expect(parseText(text).findings[0]?.remedy).toMatch(remedy);
  });
});
