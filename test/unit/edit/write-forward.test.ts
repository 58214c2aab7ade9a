import { expect, test } from 'vitest';
import { keyValue } from '../../../src/edit/key-value.ts';
import { forwardKeys, type ForwardKey } from '../../../src/model/forward-keys.ts';
import { writeForward } from '../../../src/edit/write-forward.ts';

const written = (keys: Partial<Record<ForwardKey, string>>): unknown =>
  writeForward(
    Object.fromEntries(
      forwardKeys.flatMap((key) => (keys[key] === undefined ? [] : [[key, keyValue(key, keys[key])]])),
    ),
  );

test.each([
  [{ listen: '6000', target: '192.168.0.2:5000' }, '6000:192.168.0.2:5000'],
  [{ listen: '203.0.113.1:53', target: '10.0.0.53', protocol: 'udp' }, '203.0.113.1:53:10.0.0.53/udp'],
  [{ listen: '[::]:443', target: '[2001:db8::10]:8443', protocol: 'tcp' }, '[::]:443:[2001:db8::10]:8443'],
  [{ listen: '80', target: '[2001:db8::1]' }, '80:[2001:db8::1]'],
  [{ listen: '53/udp', target: '10.0.0.53' }, '53:10.0.0.53/udp'],
  [{ listen: '53', target: '10.0.0.53', protocol: 'UDP' }, '53:10.0.0.53/udp'],
  [{ listen: ':8080', target: '10.0.0.53' }, '8080:10.0.0.53'],
  [{ listen: '*:27000-27100', target: '10.0.0.7:1-101' }, '*:27000-27100:10.0.0.7:1-101'],
])('%j in shorthand', (keys, text) => {
  expect(written(keys)).toBe(text);
});

test.each([
  [
    { listen: '6000,6001', target: '10.0.0.2' },
    { listen: [6000, 6001], target: '10.0.0.2' },
  ],
  [
    { listen: '53', target: '10.0.0.53', protocol: 'tcp,udp' },
    { protocol: ['tcp', 'udp'], listen: 53, target: '10.0.0.53' },
  ],
  [
    { listen: '80', target: '2001:db8::1' },
    { listen: 80, target: '2001:db8::1' },
  ],
  [
    { listen: '022', target: '10.0.0.2' },
    { listen: '022', target: '10.0.0.2' },
  ],
  [
    { listen: '80', target: 'shop/tcp' },
    { protocol: 'tcp', listen: 80, target: 'shop' },
  ],
  [
    { listen: '203.0.113.1:80,443', target: '10.0.0.2' },
    { listen: '203.0.113.1:80,443', target: '10.0.0.2' },
  ],
  [
    { listen: '80/udp,443/udp', target: '10.0.0.2' },
    { protocol: 'udp', listen: ['80', '443'], target: '10.0.0.2' },
  ],
  [
    { listen: '53', target: '10.0.0.2', protocol: 'BOTH' },
    { protocol: ['tcp', 'udp'], listen: 53, target: '10.0.0.2' },
  ],
  [
    { listen: '80', target: '10.0.0.2', protocol: 'icmp' },
    { protocol: 'icmp', listen: 80, target: '10.0.0.2' },
  ],
  [
    { comment: 'a, b', from: '192.0.2.0/24', target: '10.0.0.2', listen: '80', loopback: 'true', enabled: 'no' },
    { listen: 80, target: '10.0.0.2', from: '192.0.2.0/24', loopback: true, enabled: 'no', comment: 'a, b' },
  ],
])('%j in full', (keys, forward) => {
  expect(JSON.stringify(written(keys))).toBe(JSON.stringify(forward));
});
