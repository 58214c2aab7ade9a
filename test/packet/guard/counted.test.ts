import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';

const MODEL = 'version: 1\nforwarding: enable\nforwards: ["6000:10.0.0.2:5000"]\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=0');
  expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
});
afterAll(async () => lab.stop());

const dropped = async (command: 'status' | 'check') => {
  const { stdout } = await lab.portfwd([command]);
  return Number(/everything but forwards is dropped \((\d+) so far\)/.exec(stdout)?.[1]);
};
const tries = async (from: 'client' | 'backend', to: string) =>
  lab.agents[from].probe({ protocol: 'udp', to, port: 5000, timeout: PATIENCE.silence });

test('status and check say how much the guard dropped; only drops from inside are a warning', async () => {
  expect([await dropped('status'), await dropped('check')]).toEqual([0, 0]);
  await tries('client', '10.0.0.2');
  expect(await dropped('status')).toBeGreaterThan(0);
  expect((await lab.portfwd(['check'])).stderr).not.toContain('host/guard-drops');

  await tries('backend', '203.0.113.7');
  const before = await dropped('check');
  expect((await lab.portfwd(['check'])).stderr).toContain('[host/guard-drops]');
  expect((await lab.portfwd(['status'])).stdout).toMatch(
    /warning: the guard dropped \d+ packets? from networks behind this host, through one or more of in0 and svc0,/,
  );
  await tries('backend', '203.0.113.7');
  expect(await dropped('check')).toBeGreaterThan(before);
});

test('--json has the numbers', async () => {
  for (const command of ['status', 'check']) {
    const { stdout } = await lab.portfwd([command, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ routing: { table: 'portfwd', dropped: expect.any(Number) } });
  }
});

test('explain says that the guard drops what no forward translates, and lets a forward pass', async () => {
  const { stdout, exitCode } = await lab.portfwd(['explain', '--to', '10.0.0.2:5000', '--from', '203.0.113.7']);
  expect(stdout).toContain('pf_uplink_guard');
  expect({ stdout, exitCode }).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('dropped: no forward') });
  expect((await lab.portfwd(['explain', '--to', '203.0.113.7:5000', '--from', '10.0.0.2'])).stdout).toContain(
    'unless another program rewrites its source or destination',
  );
  expect(await lab.portfwd(['explain', '--to', '203.0.113.1:6000', '--from', '203.0.113.7'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('pf_forward_guard'),
  });
});

test('without the routing of portfwd there is no such line', async () => {
  await lab.portfwd(['down']);
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=1');
  expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
  expect((await lab.portfwd(['status'])).stdout).not.toContain('routing is on by portfwd');
});
