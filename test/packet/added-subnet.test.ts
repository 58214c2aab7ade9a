import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

const MODEL = 'version: 1\nforwards: ["6000:10.9.0.2:5000"]\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('backend', 'ip address add 10.9.0.2/24 dev eth0');
  await lab.sh('neighbour', 'ip address add 10.9.0.3/24 dev eth0');
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.9.0.2', port: 5000 });
});
afterAll(async () => lab.stop());

const ask = async (from: 'client' | 'neighbour', to: string, timeout: number = PATIENCE.answer) =>
  lab.agents[from].probe({ protocol: 'tcp', to, port: 6000, timeout });
const state = async () => (await lab.portfwd(['status'])).exitCode;

test('an address added in the subnet of a target works for that subnet after the next apply, and status says so', async () => {
  expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
  expect(await state()).toBe(0);
  await lab.sh('host', 'ip address add 10.9.0.1/24 dev in0');
  expect(await ask('client', '203.0.113.1')).toMatchObject({ who: 'backend', sees: '203.0.113.7' });
  expect(await ask('neighbour', '10.9.0.1', PATIENCE.silence)).toBeNull();
  expect(await state()).toBe(1);
  expect(await lab.portfwd(['apply'])).toMatchObject({ exitCode: 0 });
  expect(await ask('neighbour', '10.9.0.1')).toMatchObject({ who: 'backend', sees: '10.9.0.1' });
  expect(await state()).toBe(0);
});

test('an address added in a known subnet works at once, also for clients in it', async () => {
  await lab.sh('host', 'ip address add 10.9.0.9/24 dev in0');
  for (const from of ['client', 'neighbour'] as const)
    expect(await ask(from, '10.9.0.9')).toMatchObject({ who: 'backend' });
  expect(await state()).toBe(0);
});
