import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE, type Agent } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { GUEST, startGuests, type Guests } from './guests.ts';
import { PROGRAMS } from './programs.ts';

const MODEL = 'version: 1\nforwarding: enable\nforwards: ["6000:10.0.0.2:5000", "[::]:6000:[2001:db8:2::2]:5000"]\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  for (const address of ['203.0.113.7', '2001:db8:1::7'])
    await lab.agents.client.serve({ protocol: 'tcp', address, port: 7000 });
  await lab.sh('client', 'ip route add 172.17.0.0/16 via 203.0.113.1');
});
afterAll(async () => lab.stop());
afterEach(async () => {
  await lab.sh('host', 'nft flush ruleset');
  await lab.portfwd(['down']);
});

const ask = async (agent: Agent, to: string, port: number) =>
  agent.probe({ protocol: 'tcp', to, port, timeout: PATIENCE.answer });
const isSilent = async (agent: Agent, to: string, port: number) =>
  (await agent.probe({ protocol: 'tcp', to, port, timeout: PATIENCE.silence })) === null;

describe.each(PROGRAMS)('down beside $name', ({ bridge, rules }) => {
  let guests: Guests;
  beforeAll(async () => {
    await lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0');
    expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
    guests = await startGuests(bridge);
  });
  afterAll(async () => guests.stop());

  test('its guests stay connected, and nothing else is open', async () => {
    await lab.sh('host', rules);
    const { stderr, exitCode } = await lab.portfwd(['down']);
    expect({ stderr, exitCode }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('routing stays on') });
    expect(await ask(guests.guest, '203.0.113.7', 7000)).toMatchObject({ who: 'client', sees: '203.0.113.1' });
    expect(await ask(guests.guest, '2001:db8:1::7', 7000)).toMatchObject({ who: 'client' });
    expect(await ask(lab.agents.client, '203.0.113.1', 8080)).toMatchObject({ who: 'guest' });
    expect(await isSilent(lab.agents.client, '10.0.0.2', 5000)).toBe(true);
    expect(await isSilent(lab.agents.client, GUEST.ip, 80)).toBe(true);
    expect(await isSilent(lab.agents.backend, '203.0.113.7', 7000)).toBe(true);
    expect((await lab.portfwd(['status'])).stdout).toContain('routing is on by portfwd');
  });
});
