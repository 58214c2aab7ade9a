import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../packet/lab/agent.ts';
import { startLab, type Lab } from '../packet/lab/lab.ts';

const REPLACEMENTS = Number(process.env['PORTFWD_REPLACEMENTS'] ?? 15);
/** A test that says nothing for minutes counts as hung. */
const PER_TEST = 50;
const TESTS = Array.from({ length: Math.ceil(REPLACEMENTS / PER_TEST) }, (_, index) => ({
  first: index * PER_TEST,
  last: Math.min(REPLACEMENTS, (index + 1) * PER_TEST) - 1,
}));
const CLIENTS = 4;
/** Milliseconds: portfwd has to get its turn. */
const PAUSE = 25;

const model = (port: number): string =>
  JSON.stringify({
    version: 1,
    forwards: [
      { protocol: ['tcp', 'udp'], listen: 6000, target: '10.0.0.2:5000' },
      { protocol: ['tcp', 'udp'], listen: 7000, target: `10.0.0.2:${port}` },
    ],
  });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const protocol of ['tcp', 'udp'] as const)
    await lab.agents.backend.serve({ protocol, address: '10.0.0.2', port: 5000 });
});
afterAll(async () => lab.stop());

const name = 'no connection fails while the ruleset is replaced again and again ($first to $last)';

test.each(TESTS)(name, { timeout: PER_TEST * 20_000 }, async ({ first, last }) => {
  expect(await lab.portfwd(['apply'], model(5000))).toMatchObject({ exitCode: 0 });
  const made = { connections: 0, failed: 0, enough: false };
  const client = async (): Promise<void> => {
    while (!made.enough) {
      const protocol = made.connections % 4 === 0 ? 'udp' : 'tcp';
      const answer = await lab.agents.client.probe({
        protocol,
        to: '203.0.113.1',
        port: 6000,
        timeout: PATIENCE.answer,
      });
      made.connections += 1;
      if (answer?.who !== 'backend') made.failed += 1;
      await sleep(PAUSE);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  for (let round = first; round <= last; round += 1)
    expect(await lab.portfwd(['apply'], model(5001 + (round % 2)))).toMatchObject({ exitCode: 0 });
  made.enough = true;
  await Promise.all(clients);
  process.stdout.write(`replacements ${first} to ${last}, ${made.connections} connections, ${made.failed} failed\n`);
  expect(made.connections).toBeGreaterThan(last - first);
  expect(made.failed).toBe(0);
});
