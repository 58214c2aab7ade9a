import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hostRoute } from '../../../src/explain/packet.ts';
import { lower } from '../../../src/lower/lower.ts';
import { parseHostFacts } from '../../../src/parse/host-facts.ts';
import { addressAt, freeAddress } from '../../../src/tryout/addresses.ts';
import { expectationsOf } from '../../../src/tryout/expectation.ts';
import { probesOf } from '../../../src/tryout/probes.ts';
import { setupOf } from '../../../src/tryout/setup.ts';
import { faultOf } from '../../../src/tryout/verdict.ts';
import { worldOf } from '../../../src/tryout/world.ts';
import { fileOf, modelOf } from '../../support/model.ts';

const FACTS = parseHostFacts(
  readFileSync(new URL('../../../rulesets/gateway/host-facts.json', import.meta.url), 'utf8'),
);

function planOf(...items: readonly string[]) {
  if (FACTS === undefined) throw new Error('no facts');
  const model = modelOf(fileOf(...items));
  const world = worldOf(model.forwards, FACTS, hostRoute(FACTS));
  const planned = probesOf(model.forwards, world);
  const probes = planned.flatMap((one) => ('why' in one ? [] : [one]));
  const reasons = planned.flatMap((one) => ('why' in one && one.why !== '' ? [`${one.path}: ${one.why}`] : []));
  return {
    facts: FACTS,
    world,
    probes,
    reasons,
    expected: expectationsOf(probes, lower(model, FACTS), world, hostRoute(FACTS)),
  };
}

test('each path has a client where it would be', () => {
  const { expected } = planOf('{ name: web, listen: 8080, target: "10.0.0.2:80" }');
  expect(
    expected.map(({ probe: { path, packet }, expectation }) => [
      path,
      packet.source,
      packet.destination,
      expectation.kind,
    ]),
  ).toEqual([
    ['outside', '198.18.0.7', '203.0.113.1', 'answer'],
    ['neighbour', '10.0.0.201', '10.0.0.1', 'answer'],
    ['host', '203.0.113.1', '203.0.113.1', 'answer'],
    ['loopback', '127.0.0.1', '127.0.0.1', 'none'],
    ['target', '10.0.0.2', '10.0.0.1', 'answer'],
  ]);
});

test('with from, a client that it allows and one that it does not', () => {
  const { expected } = planOf('{ name: web, listen: 8080, target: "10.0.0.2:80", from: 198.51.100.0/24 }');
  const clients = expected.filter(({ probe: { path } }) => path === 'outside' || path === 'refused');
  expect(clients.map(({ probe: { packet }, expectation }) => [packet.source, expectation.kind])).toEqual([
    ['198.51.100.9', 'answer'],
    ['198.18.0.7', 'dropped'],
  ]);
});

test('both ends of a range and each protocol', () => {
  const { probes } = planOf('{ name: dns, listen: 5000-5100, target: 192.168.0.2, protocol: [tcp, udp] }');
  const outside = probes.filter(({ path }) => path === 'outside');
  expect(outside.map(({ packet }) => `${packet.protocol} ${packet.destinationPort}`)).toEqual([
    'tcp 5000',
    'tcp 5100',
    'udp 5000',
    'udp 5100',
  ]);
});

test('what is not tried has a reason', () => {
  expect(planOf('{ name: a, listen: 5000, target: 192.0.2.9 }').reasons).toEqual([
    'neighbour: no route to the target is known',
    'target: no route to the target is known',
  ]);
  expect(planOf('{ name: a, listen: "wg0:5000", target: 192.168.0.2 }').reasons[0]).toBe(
    'outside: no interface has an address for the listen wg0:5000',
  );
  expect(planOf('{ name: a, listen: 5000, target: 192.168.0.2, protocol: sctp }').reasons[0]).toBe(
    'outside: sctp is not tried',
  );
});

test('an answer from elsewhere, to someone else or where none should be is a fault', () => {
  const { expected, facts } = planOf('{ name: web, listen: 8080, target: "10.0.0.2:80" }');
  const [outside, neighbour, , loopback] = expected;
  if (outside === undefined || neighbour === undefined || loopback === undefined) throw new Error('no probes');
  const answer = { at: '10.0.0.2', port: 80, sees: '198.18.0.7' };
  expect(faultOf(outside, answer, facts)).toBe(undefined);
  expect(faultOf(outside, null, facts)).toBe('no answer; 10.0.0.2:80 should answer');
  expect(faultOf(outside, { ...answer, port: 81 }, facts)).toBe('answered by 10.0.0.2:81; 10.0.0.2:80 should answer');
  expect(faultOf(outside, { ...answer, sees: '10.0.0.1' }, facts)).toContain('should see the client 198.18.0.7');
  expect(faultOf(neighbour, { ...answer, sees: '10.0.0.1' }, facts)).toBe(undefined);
  expect(faultOf(neighbour, { ...answer, sees: '10.0.0.201' }, facts)).toContain('should see an address of this host');
  expect(faultOf(loopback, answer, facts)).toBe('answered by 10.0.0.2:80; no forward applies');
});

test('only the machines that are needed are set up', () => {
  const { world, probes } = planOf('{ name: web, listen: 8080, target: "10.0.0.2:80" }');
  const { clients, targets, host } = setupOf(world, probes);
  expect(world.links.map((link) => link.interface)).toEqual(['eth0', 'eth1', 'br0']);
  expect(clients.map((text) => text !== undefined)).toEqual([true, true, false]);
  expect(targets.map((text) => text !== undefined)).toEqual([false, true, false]);
  expect(host).toContain('address add 2001:db8:2::1/64 dev eth1 nodad\n');
  expect(host).toContain('route replace 10.0.0.2/32 dev eth1\n');
});

test('addresses of a prefix', () => {
  expect(addressAt('10.0.0.0/24', 255)).toBe('10.0.0.255');
  expect(addressAt('10.0.0.0/24', 256)).toBe(undefined);
  expect(addressAt('2001:db8::/64', 65_536)).toBe('2001:db8::1:0');
  expect(freeAddress('10.0.0.0/24', new Set(['10.0.0.201']), 201)).toBe('10.0.0.202');
  expect(freeAddress('10.0.0.0/30', new Set(['10.0.0.1']), 201)).toBe('10.0.0.2');
  expect(freeAddress('10.0.0.1/32', new Set(), 201)).toBe(undefined);
});
