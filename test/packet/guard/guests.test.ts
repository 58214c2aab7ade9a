import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE, type Agent } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { GUEST, OTHER_GUEST, startGuests, type Guests } from './guests.ts';
import { PROGRAMS } from './programs.ts';

const MODEL = 'version: 1\nforwarding: enable\nforwards: ["6000:10.0.0.2:5000", "[::]:6000:[2001:db8:2::2]:5000"]\n';
const HOST = { ip: '203.0.113.1', ip6: '2001:db8:1::1' } as const;
const CLIENT = { ip: '203.0.113.7', ip6: '2001:db8:1::7' } as const;
const BACKEND = { ip: '10.0.0.2', ip6: '2001:db8:2::2' } as const;
const FAMILIES = ['ip', 'ip6'] as const;

const ask = async (agent: Agent, to: string, port: number) =>
  agent.probe({ protocol: 'tcp', to, port, timeout: PATIENCE.answer });
const isSilent = async (agent: Agent, to: string, port: number) =>
  (await agent.probe({ protocol: 'tcp', to, port, timeout: PATIENCE.silence })) === null;

describe.each([false, true])('guests of other programs (br_netfilter: %s)', (bridgeNetfilter) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ bridgeNetfilter });
    for (const family of FAMILIES) {
      await lab.agents.backend.serve({ protocol: 'tcp', address: BACKEND[family], port: 5000 });
      await lab.agents.client.serve({ protocol: 'tcp', address: CLIENT[family], port: 7000 });
    }
    await lab.sh('client', 'ip route add 172.17.0.0/16 via 203.0.113.1\nip route add fd00:17::/64 via 2001:db8:1::1');
  });
  afterAll(async () => lab.stop());
  afterEach(async () => {
    await lab.portfwd(['down']);
    await lab.sh('host', 'nft flush ruleset\nsysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0');
  });

  const everybodyReachesWhatTheyShould = async (guests: Guests) => {
    const { client, backend } = lab.agents;
    for (const family of FAMILIES) {
      expect(await ask(client, HOST[family], 6000)).toMatchObject({ who: 'backend', sees: CLIENT[family] });
      expect(await ask(guests.guest, CLIENT[family], 7000)).toMatchObject({ who: 'client', sees: HOST[family] });
      expect(await ask(guests.guest, BACKEND[family], 5000)).toMatchObject({ who: 'backend' });
      expect(await ask(guests.guest, OTHER_GUEST[family], 80)).toMatchObject({ who: 'other', sees: GUEST[family] });
      expect(await isSilent(client, GUEST[family], 80)).toBe(true);
      expect(await isSilent(backend, GUEST[family], 80)).toBe(true);
      expect(await isSilent(client, BACKEND[family], 5000)).toBe(true);
      expect(await isSilent(backend, CLIENT[family], 7000)).toBe(true);
    }
    expect(await ask(client, HOST.ip, 8080)).toMatchObject({ who: 'guest', sees: CLIENT.ip });
  };

  describe.each(PROGRAMS)('$name', ({ bridge, rules }) => {
    let guests: Guests;
    beforeAll(async () => {
      guests = await startGuests(bridge);
    });
    afterAll(async () => guests.stop());

    test('its rules come after portfwd turned routing on', async () => {
      await lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0');
      expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
      await lab.sh('host', rules);
      await everybodyReachesWhatTheyShould(guests);
    });

    test('its rules were there before', async () => {
      await lab.sh('host', `sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0\n${rules}`);
      expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
      await everybodyReachesWhatTheyShould(guests);
    });
  });

  test.each(['before', 'after'])('a network without NAT that is there %s portfwd turns routing on', async (when) => {
    await lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0');
    const apply = async () => expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
    if (when === 'after') await apply();
    const guests = await startGuests('virbr1');
    if (when === 'before') await apply();
    const { client, backend } = lab.agents;
    for (const family of FAMILIES) {
      expect(await ask(guests.guest, CLIENT[family], 7000)).toMatchObject({ who: 'client', sees: GUEST[family] });
      expect(await ask(guests.guest, OTHER_GUEST[family], 80)).toMatchObject({ who: 'other' });
      expect(await isSilent(guests.guest, BACKEND[family], 5000)).toBe(true);
      expect(await isSilent(client, GUEST[family], 80)).toBe(true);
      expect(await isSilent(backend, GUEST[family], 80)).toBe(true);
      expect(await isSilent(backend, CLIENT[family], 7000)).toBe(true);
    }
    await guests.stop();
  });
});
