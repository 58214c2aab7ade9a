import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

const ONE = '{name: vm-ssh, listen: "203.0.113.2:22", target: "10.0.0.2:5000"}';
const WEB = '{name: web, listen: 8080, target: "10.0.0.2:5000"}';
const file = (...items: readonly string[]): string =>
  `version: 1\nforwards:\n${items.map((item) => `  - ${item}\n`).join('')}`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  await lab.agents.host.serve({ protocol: 'tcp', address: '0.0.0.0', port: 22 });
});
afterAll(async () => lab.stop());
afterEach(async () => {
  vi.unstubAllEnvs();
  await lab.portfwd(['down', '--purge']);
});

const answered = async (to: string, port: number): Promise<unknown> =>
  (await lab.agents.client.probe({ protocol: 'tcp', to, port, timeout: PATIENCE.answer }))?.who;

/** These commands succeed. What they warned of. */
async function ok(...args: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await lab.portfwd(args);
  expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stderr;
}

test('a listen over a socket of the host was confirmed once: later commands go on', async () => {
  await lab.force(file(ONE));
  expect(await ok('plan')).toMatch(/warning: .*hides tcp 0\.0\.0\.0:22 .*\[host\/listener-covered\]/);
  await ok('apply');
  await ok('add', '8080', '10.0.0.2:5000');
  await ok('set', 'vm-ssh', 'comment=hello');
  await ok('remove', 'tcp-8080');
  await lab.sh('host', 'nft flush ruleset');
  await ok('apply');
  expect(await answered('203.0.113.2', 22)).toBe('backend');
  expect(await answered('203.0.113.1', 22)).toBe('host');
  await ok('remove', 'vm-ssh');
  expect(await answered('203.0.113.2', 22)).toBe('host');
});

test('what was not confirmed is refused as before', async () => {
  await lab.force(file(ONE));
  const wider = file('{name: vm-ssh, listen: 22, target: "10.0.0.2:5000"}');
  expect(await lab.portfwd(['apply'], wider)).toMatchObject({ exitCode: 1 });
  const other = file(ONE, '{name: other, listen: "203.0.113.1:22", target: "10.0.0.2:5000"}');
  expect(await lab.portfwd(['apply'], other)).toMatchObject({ exitCode: 1 });
  expect(await answered('203.0.113.1', 22)).toBe('host');
});

test('a change that was reverted decided nothing', async () => {
  lab.writeModel(file(WEB));
  await ok('apply');
  const reverted = await lab.portfwd(['apply', '--force', '--confirm', '1'], file(WEB, ONE));
  expect(reverted).toMatchObject({ exitCode: 6 });
  expect(await lab.portfwd(['apply'])).toMatchObject({ exitCode: 1 });
});

test('a service that began to listen on a port that is forwarded already stops no other change', async () => {
  lab.writeModel(file('{name: late, listen: 7777, target: "10.0.0.2:5000"}'));
  await ok('apply');
  await lab.agents.host.serve({ protocol: 'tcp', address: '0.0.0.0', port: 7777 });
  expect(await ok('add', '8080', '10.0.0.2:5000')).toContain('host/listener-covered');
  await lab.sh('host', 'nft flush ruleset');
  await ok('apply');
  expect(await answered('203.0.113.1', 7777)).toBe('backend');
});

test('the port of the SSH session, confirmed once, is a warning as well', async () => {
  vi.stubEnv('SSH_CONNECTION', '203.0.113.7 50000 203.0.113.2 22');
  expect(await lab.portfwd(['apply'], file(ONE))).toMatchObject({ exitCode: 1 });
  await lab.force(file(ONE));
  expect(await ok('add', '8080', '10.0.0.2:5000')).toMatch(/warning: .*\[host\/session-covered\]/);
  await lab.sh('host', 'nft flush ruleset');
  await ok('apply');
  expect(await answered('203.0.113.2', 22)).toBe('backend');
});
