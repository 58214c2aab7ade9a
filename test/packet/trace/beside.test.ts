import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { startTrace, startTraceLab } from '../lab/trace-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startTraceLab();
});
afterAll(async () => lab.stop());

test.each([
  ['check', '--json'],
  ['status', '--json'],
  ['explain', '--from', '203.0.113.7', '--to', '203.0.113.1:6000'],
])('%s says the same while a trace runs', async (...args) => {
  const before = await lab.portfwd(args);
  const trace = await startTrace(lab.env, 'web', '--seconds', '600');
  const meanwhile = await lab.portfwd(args);
  process.kill(trace.pid, 'SIGINT');
  await trace.ended;
  expect(meanwhile).toEqual(before);
});

test('apply works while a trace runs, which then traces by the new rules', async () => {
  const trace = await startTrace(lab.env, 'web', '--seconds', '60', '--json', '--count', '1');
  const applied = await lab.portfwd(['set', 'web', 'target=192.168.0.2:5000']);
  await lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout: 20_000 });
  const { stdout } = await trace.ended;
  await lab.portfwd(['set', 'web', 'target=10.0.0.2:5000']);
  expect(applied.exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    connections: [{ destination: { address: '192.168.0.2', port: 5000 }, forward: 'web' }],
  });
});

test('ends after so many connections, however many there are', async () => {
  const trace = await startTrace(lab.env, 'own', '--seconds', '60', '--json', '--count', '4');
  const probe = { protocol: 'tcp', to: '203.0.113.1', port: 6001, timeout: 20_000 } as const;
  const answers = await Promise.all(Array.from({ length: 100 }, async () => lab.agents.client.probe(probe)));
  expect(answers).not.toContain(null);
  const { exitCode, stdout } = await trace.ended;
  const { connections } = JSON.parse(stdout) as { readonly connections: readonly { readonly verdict: object }[] };
  expect(connections).toHaveLength(4);
  for (const { verdict } of connections) expect(verdict).toMatchObject({ kind: 'answered' });
  expect(exitCode).toBe(0);
});
