import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

const MODEL = 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.agents.host.serve({ protocol: 'tcp', address: '192.168.0.2', port: 5000 });
  expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
});
afterAll(async () => lab.stop());

const ask = async (timeout: number) =>
  lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout });

test('no process listens on the forwarded port', async () => {
  expect(await lab.sh('host', "ss -Hltn 'sport = :6000'")).toBe('');
  expect(await lab.sh('host', "ss -Hltn 'sport = :5000'")).toContain('192.168.0.2:5000');
});

test('down ends every forward, and a second down has nothing to do', async () => {
  expect(await ask(PATIENCE.answer)).toMatchObject({ who: 'host' });
  expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0, stdout: 'all forwards removed' });
  expect(await ask(PATIENCE.silence)).toBeNull();
  expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0, stdout: 'there was nothing to remove' });
  expect(await lab.sh('host', 'nft list ruleset')).toBe('');
});
