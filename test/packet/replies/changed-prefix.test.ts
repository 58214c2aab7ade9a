import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';

const model = (target: string): string => `version: 1\nforwards: ["[::]:7000:[${target}]:5000"]\n`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('host', 'ip -6 route add default via 2001:db8:1::9; ip address add fd00:1::1/64 dev in0 nodad');
  await lab.sh('backend', 'ip address add fd00:1::2/64 dev eth0 nodad; ip -6 route replace default via fd00:1::1');
  await lab.agents.backend.serve({ protocol: 'tcp', address: '::', port: 5000 });
});
afterAll(async () => lab.stop());

const answered = async (timeout: number): Promise<boolean> => {
  const probe = { protocol: 'tcp', to: '2001:db8:1::1', port: 7000, timeout } as const;
  return (await lab.agents.client.probe(probe)) !== null;
};

test('the provider changes the prefix of the target: check names the remedy, and it works', async () => {
  expect((await lab.portfwd(['apply'], model('2001:db8:2::2'))).stderr).not.toContain('[host/return-path]');
  expect(await answered(PATIENCE.answer)).toBe(true);
  await lab.sh('host', 'ip address del 2001:db8:2::1/64 dev in0; ip address add 2001:db8:2b::1/64 dev in0 nodad');
  await lab.sh('backend', 'ip address del 2001:db8:2::2/64 dev eth0; ip address add 2001:db8:2b::2/64 dev eth0 nodad');
  expect(await answered(PATIENCE.silence)).toBe(false);
  expect((await lab.portfwd(['check'])).stderr).toContain(
    "if the provider changed the prefix of the target's network, write its new address, or a unique local one (fd00::/8), which stays",
  );
  await lab.portfwd(['apply'], model('fd00:1::2'));
  expect(await answered(PATIENCE.answer)).toBe(true);
});
