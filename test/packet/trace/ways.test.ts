import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import type { Lab } from '../lab/lab.ts';
import { startTraceLab, traced, traceOne, traceTables } from '../lab/trace-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startTraceLab();
});
afterAll(async () => lab.stop());
afterEach(async () => {
  expect(await traceTables()).toEqual([]);
});

const interfacesOf = (steps: readonly { readonly interface?: string }[]) =>
  steps.flatMap((step) => step.interface ?? []);

test.each([
  ['tcp', 'web', { port: 6000 }, '10.0.0.2:5000'],
  ['udp', 'web', { port: 6000, protocol: 'udp' }, '10.0.0.2:5000'],
  ['IPv6', 'six', { port: 6000, to: '2001:db8:1::1' }, '2001:db8:2::2:5000'],
  ['a port of a range', 'shifted', { port: 7003 }, '10.0.0.2:5003'],
  ['the second listen', 'shifted', { port: 7103, to: '203.0.113.2' }, '10.0.0.2:5003'],
  ['a masqueraded one', 'many', { port: 6006 }, '10.0.0.2:5000'],
] as const)('tells the way of %s to another host and back', async (_, name, connect, destination) => {
  const { exit, verdict, forward, destination: to, steps, answer } = await traceOne(lab, name, connect);
  expect(verdict).toMatchObject({ kind: 'answered' });
  expect(exit).toBe(0);
  expect([forward, `${to.address}:${to.port}`]).toEqual([name, destination]);
  expect(interfacesOf(steps)).toEqual(['out0', 'in0']);
  expect(interfacesOf(answer?.steps ?? [])).toEqual(['in0', 'out0']);
});

test.each(['tcp', 'udp'] as const)('tells the way of %s to a service of this host', async (protocol) => {
  const outside = await traceOne(lab, 'own', { port: 6001, protocol });
  expect(outside).toMatchObject({ exit: 0, forward: 'own', verdict: { kind: 'answered' } });
  expect(interfacesOf(outside.answer?.steps ?? [])).toEqual(['out0']);
  for (const to of ['203.0.113.1', '127.0.0.1']) {
    const inside = await traceOne(lab, 'own', { from: 'host', to, port: 6001, protocol });
    expect(inside).toMatchObject({ exit: 0, forward: 'own', verdict: { kind: 'answered' } });
    const kinds = inside.steps.map(({ kind }) => kind).filter((kind) => kind !== 'rule' && kind !== 'policy');
    const way = ['sent by this host', 'rewritten', 'went out', 'came in', 'routed', 'delivered'];
    expect(kinds).toEqual(way);
  }
});

test('traces connections of the host itself to another host', async () => {
  const { exit, verdict, steps } = await traceOne(lab, 'web', { from: 'host', port: 6000 });
  expect([exit, verdict.kind]).toEqual([0, 'answered']);
  expect(steps[0]).toEqual({ kind: 'sent by this host' });
});

test('a client that from does not name is dropped by portfwd', async () => {
  const { exit, verdict } = await traceOne(lab, 'limited', { port: 6002 });
  expect(verdict).toMatchObject({ kind: 'dropped', table: 'inet portfwd' });
  expect(verdict.text).toContain('203.0.113.7 is not in the key from of limited');
  expect(exit).toBe(1);
});

test.each([
  ['the target', 'closed', 6003, 'tcp', /10\.0\.0\.2 refused the connection/],
  ['the target by ICMP', 'closed', 6003, 'udp', /ICMP message destination-unreachable port-unreachable/],
  ['this host', 'shut', 6005, 'tcp', /192\.168\.0\.2 refused the connection/],
] as const)('tells that %s refuses', async (_, name, port, protocol, text) => {
  const { exit, verdict } = await traceOne(lab, name, { port, protocol });
  expect(verdict.kind).toBe('refused');
  expect(verdict.text).toMatch(text);
  expect(exit).toBe(1);
});

test('tells that no answer came', async () => {
  await lab.sh(
    'backend',
    'nft "table ip silent { chain one { type filter hook input priority 0; tcp dport 5000 drop; }; }"',
  );
  const { exit, verdict, steps } = await traceOne(lab, 'web', { port: 6000 });
  await lab.sh('backend', 'nft delete table ip silent');
  expect(verdict.kind).toBe('unanswered');
  expect(interfacesOf(steps)).toEqual(['out0', 'in0']);
  expect(exit).toBe(1);
});

test('a disabled forward is not a forward', async () => {
  const { exit, verdict } = await traceOne(lab, 'off', { port: 6007 });
  expect([exit, verdict.kind]).toEqual([1, 'not forwarded']);
});

test('says that no packet arrived, and counts those of other clients', async () => {
  const none = await traced(lab.env, ['web', '--seconds', '1'], async () => {});
  expect(none).toMatchObject({ exit: 1, active: true, ended: 'time', connections: [] });
  const other = await traced(lab.env, ['web', '--seconds', '2', '--from', '198.51.100.0/24'], async () =>
    lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout: PATIENCE.answer }),
  );
  expect(other).toMatchObject({ exit: 1, active: true, connections: [], others: 1 });
  const wrong = await traced(lab.env, ['web', '--seconds', '2'], async () =>
    lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6001, timeout: PATIENCE.answer }),
  );
  expect(wrong).toMatchObject({ exit: 1, active: true, connections: [] });
});
