import { expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import type { Machine } from '../lab/lab.ts';
import { ATTACKERS, BOTH, gatewayOf, model, OUT, usePublishedLab } from '../lab/published-lab.ts';

const {
  machines: { sh, portfwd, agent },
  ask,
  apply,
  countArrivals,
  expectAttacksFail,
} = usePublishedLab();

const ECHO = String.raw`perl -MSocket -e 'socket(S, PF_INET, SOCK_RAW, 1); send(S, pack("CCnnn", 8, 0, 0xf7ff, 0, 0), 0, sockaddr_in(0, inet_aton($_))) or die for @ARGV'`;

/** How many ICMP echo requests to 127.0.0.5 arrive. */
async function echoesFrom(machine: Machine): Promise<string> {
  const [inside, last] = ['127.0.0.5', gatewayOf(machine)] as const;
  const matches = [inside, last].map((to) => `ip daddr ${to} icmp type echo-request`) as [string, string];
  return countArrivals(...matches, async () => sh(machine, `${ECHO} ${inside} ${last}`));
}

test('the attack is real: without the guard, neighbours on both sides reach 127.0.0.0/8', async () => {
  await apply(model());
  await sh('host', 'nft flush chain inet portfwd pf_loopback_guard');
  for (const machine of ['client', 'backend'] as const) {
    for (const to of ['127.0.0.1', '127.0.0.5'])
      for (const protocol of BOTH)
        expect(await ask(machine, to, { protocol, port: 7000 })).toMatchObject({ who: 'host', at: to });
    expect(await echoesFrom(machine)).toBe('1');
  }
});

test('with the guard, neighbours reach nothing in 127.0.0.0/8, and no other port', async () => {
  await apply(model());
  await expectAttacksFail();
  for (const machine of ATTACKERS) expect(await echoesFrom(machine)).toBe('0');
  for (const to of [OUT, '10.0.0.1', '192.168.0.2'])
    expect(await ask('client', to, { port: 7000, timeout: PATIENCE.silence })).toBeNull();
});

test('packets from outside with a source in 127.0.0.0/8 do not arrive at the service', async () => {
  await sh('client', 'ip address add 127.0.0.9/32 dev eth0');
  const sources = ['127.0.0.9', '203.0.113.7'] as const;
  const matches = sources.map((source) => `ip saddr ${source} udp dport 5000`) as [string, string];
  const send = async (): Promise<void> => {
    for (const from of sources)
      await agent('client').send([{ protocol: 'udp', from, fromPort: 40_000, to: OUT, port: 6000 }]);
  };
  const arrived = async (): Promise<string> => countArrivals(...matches, send);
  await apply(model());
  expect(await arrived()).toBe('0');
  await sh('host', 'nft flush chain inet portfwd pf_loopback_guard');
  expect(await arrived()).toBe('1');
});

test('status is critical when the guard is gone and the sysctls are on', async () => {
  await apply(model());
  await sh('host', 'nft flush ruleset');
  const { exitCode, stdout } = await portfwd(['status']);
  expect(exitCode).toBe(1);
  for (const what of ['for out0', 'for in0', 'for interfaces that are created later'])
    expect(stdout).toContain(`critical: route_localnet is on ${what} and its guard chain is not loaded`);
});
