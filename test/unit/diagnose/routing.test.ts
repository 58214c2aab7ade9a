import { expect, test } from 'vitest';
import { requireForwarding } from '../../../src/apply/sysctls/require-forwarding.ts';
import { diagnoseRouting } from '../../../src/diagnose/routing.ts';
import type { HostFacts } from '../../../src/model/host-facts.ts';
import { fileOf, GATEWAY, modelOf } from '../../support/model.ts';

const host = (forwarding: string, all = false): HostFacts => ({
  ...GATEWAY,
  addresses: [...GATEWAY.addresses, { interface: 'dmz.7', address: '10.9.0.1', prefixLength: 24 }],
  forwarding: {
    ip: all,
    ip6: false,
    interfaces: ['wan0', 'lan0', 'dmz.7'].map((name) => ({
      interface: name,
      ip: forwarding.split(' ').includes(name),
    })),
  },
});
const MODEL = modelOf(fileOf('"6000:10.0.0.2:5000"'));

const warned = (facts: HostFacts): string[] => diagnoseRouting(MODEL, facts).map(({ message }) => message);
const refusal = (facts: HostFacts, saved = {}, model = MODEL): string => {
  try {
    requireForwarding(model, facts, saved);
    return '';
  } catch (error) {
    return `${(error as Error).message}; ${(error as { remedy?: string }).remedy}`;
  }
};

test('nothing is said where everything needed forwards', () => {
  expect([refusal(host('wan0 lan0 dmz.7')), ...warned(host('wan0 lan0 dmz.7'))]).toEqual(['']);
});

test('clients of one interface are warned about, and a dot in its name is written as sysctl(8) reads it', () => {
  expect(refusal(host('wan0 lan0', true))).toBe('');
  expect(warned(host('wan0 lan0', true))).toEqual([
    'dmz.7 does not route (net.ipv4.conf.dmz/7.forwarding is 0): clients that come in through dmz.7 cannot use forward tcp-6000',
  ]);
});

test('no answer comes back: refused by the name of the interface, with its command', () => {
  const text = refusal(host('wan0 dmz.7', true));
  expect(text).toContain('and lan0 does not route (net.ipv4.conf.lan0.forwarding is 0)');
  expect(text).toContain('sysctl -w net.ipv4.conf.lan0.forwarding=1 turns it on');
  expect(warned(host('wan0 dmz.7', true))).toEqual([]);
});

test('no client outside the subnet of the target gets through: refused', () => {
  expect(refusal(host('lan0', true))).toContain(
    'and wan0 and dmz.7 do not route (net.ipv4.conf.wan0.forwarding is 0 and net.ipv4.conf.dmz/7.forwarding is 0)',
  );
});

const forced = (...names: readonly string[]): HostFacts => ({
  ...GATEWAY,
  addresses: [...GATEWAY.addresses, { interface: 'wan0', address: '2001:db8:1::1', prefixLength: 64 }],
  forwarding: {
    ip: true,
    ip6: false,
    interfaces: ['wan0', 'lan0'].map((name) => ({ interface: name, ip: true, ip6: names.includes(name) })),
  },
});

test('for IPv6 an interface is named by force_forwarding if others have that', () => {
  const model = modelOf(fileOf('"[::]:6000:[2001:db8::2]:5000"'));
  expect(refusal(forced('wan0', 'lan0'), {}, model)).toBe('');
  expect(refusal(forced('wan0'), {}, model)).toContain(
    'and lan0 does not route (net.ipv6.conf.lan0.force_forwarding is 0)',
  );
  expect(refusal(forced(), {}, model)).toContain('this host does not route (net.ipv6.conf.all.forwarding is 0)');
  const third = { interface: 'dmz0', address: '2001:db8:3::1', prefixLength: 64 };
  const some = forced('wan0', 'lan0');
  const facts: HostFacts = {
    ...some,
    addresses: [...some.addresses, third],
    forwarding: {
      ...some.forwarding,
      interfaces: [...(some.forwarding.interfaces ?? []), { interface: 'dmz0', ip: true }],
    },
  };
  expect(diagnoseRouting(model, facts).map(({ message }) => message)).toEqual([
    'dmz0 does not route (net.ipv6.conf.dmz0.force_forwarding is 0): clients that come in through dmz0 cannot use forward tcp6-6000',
  ]);
});

test('a host with one interface is judged by that one', () => {
  const one = { ...host('lan0'), addresses: GATEWAY.addresses.filter((entry) => entry.interface === 'lan0') };
  expect(refusal(one)).toBe('');
});

test('what portfwd turned on itself is not called off', () => {
  expect(refusal(host('wan0 dmz.7', true), { 'net/ipv4/conf/lan0/forwarding': '0' })).toContain(
    'net.ipv4.conf.lan0.forwarding is 1 only because of an earlier --enable-forwarding',
  );
});

test('many interfaces are one finding, and many forwards are judged once', () => {
  const names = Array.from({ length: 300 }, (_, index) => `many${index}`);
  const many: HostFacts = {
    ...host('wan0 lan0 dmz.7', true),
    addresses: [
      ...GATEWAY.addresses,
      ...names.map((name) => ({ interface: name, address: '172.16.0.1', prefixLength: 32 })),
    ],
    forwarding: {
      ip: true,
      ip6: false,
      interfaces: [
        { interface: 'wan0', ip: true },
        { interface: 'lan0', ip: true },
        ...names.map((name) => ({ interface: name, ip: false })),
      ],
    },
  };
  const model = modelOf(fileOf(...Array.from({ length: 2000 }, (_, index) => `"${10_000 + index}:10.0.0.2:5000"`)));
  expect(diagnoseRouting(model, many)).toHaveLength(1);
});
