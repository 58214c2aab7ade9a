import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab } from '../lab/lab.ts';
import { traceOne } from '../lab/trace-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ bridgeNetfilter: true });
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  await lab.portfwd(['apply'], 'version: 1\nforwards:\n- {name: web, listen: 6000, target: "10.0.0.2:5000"}\n');
});
afterAll(async () => lab.stop());

test.each(['neighbour', 'backend', 'client', 'host'] as const)(
  'tells the way of %s to a target on a bridge whose frames pass the firewall',
  async (from) => {
    const to = from === 'neighbour' || from === 'backend' ? '10.0.0.1' : '203.0.113.1';
    const { exit, verdict, forward } = await traceOne(lab, 'web', { from, to, port: 6000 });
    expect([verdict.kind, forward, exit]).toEqual(['answered', 'web', 0]);
  },
);
