import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { PORTFWD_COMMAND, startLab, type Lab, type Machine } from './lab/lab.ts';
import { until } from './lab/until.ts';

const MODEL = `${JSON.stringify({ version: 1, forwards: [{ name: 'db', protocol: ['tcp', 'udp'], listen: 6000, target: '10.0.0.2:5000', loopback: true }] })}\n`;
const SYSCTL = 'net.ipv4.conf.in0.route_localnet';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const protocol of ['tcp', 'udp'] as const) {
    await lab.agents.host.serve({ protocol, address: '127.0.0.1', port: 7000 });
    await lab.agents.backend.serve({ protocol, address: '10.0.0.2', port: 5000 });
  }
  for (const machine of ['client', 'backend', 'neighbour'] as const) await lab.sh(machine, attackRoute(machine));
});
afterAll(async () => lab.stop());
afterEach(async () => {
  await lab.sh('host', 'nft flush ruleset');
  await lab.portfwd(['down']);
});

/** The attacker gives up its own 127.0.0.1 and sends what it says to 127.0.0.1 to the host. */
const attackRoute = (machine: Machine): string => `
  ip address delete 127.0.0.1/8 dev lo
  sysctl -qw net.ipv4.conf.all.route_localnet=1
  ip route add 127.0.0.0/8 via ${machine === 'client' ? '203.0.113.1' : '10.0.0.1'}`;

const attack = async (machine: Machine, protocol: 'tcp' | 'udp', timeout: number = PATIENCE.silence) =>
  lab.agents[machine].probe({ protocol, to: '127.0.0.1', port: 7000, timeout });
const fromLoopback = async (protocol: 'tcp' | 'udp') =>
  lab.agents.host.probe({ protocol, to: '127.0.0.1', port: 6000, timeout: PATIENCE.answer });
const sysctl = async (): Promise<string> => lab.sh('host', `sysctl -n ${SYSCTL}`);

test('the attack is real: with the sysctl alone a neighbour reads what listens on 127.0.0.1', async () => {
  await lab.sh('host', `sysctl -qw ${SYSCTL}=1`);
  expect(await attack('backend', 'tcp', PATIENCE.answer)).toMatchObject({ who: 'host' });
  expect(await attack('backend', 'udp', PATIENCE.answer)).toMatchObject({ who: 'host' });
  await lab.sh('host', `sysctl -qw ${SYSCTL}=0`);
});

test('127.0.0.1 is forwarded to another host, and no client outside reaches 127.0.0.1', async () => {
  expect(await lab.portfwd(['apply'], MODEL)).toMatchObject({ exitCode: 0 });
  expect(await sysctl()).toBe('1');
  for (const protocol of ['tcp', 'udp'] as const) {
    expect(await fromLoopback(protocol)).toEqual({ who: 'backend', at: '10.0.0.2', port: 5000, sees: '10.0.0.1' });
    for (const machine of ['client', 'backend', 'neighbour'] as const)
      expect(await attack(machine, protocol)).toBeNull();
  }
  expect(await lab.sh('host', 'sysctl -n net.ipv4.conf.all.route_localnet net.ipv4.conf.out0.route_localnet')).toBe(
    '0\n0',
  );
});

test('packets from outside with 127.0.0.0/8 as their source do not arrive, even where no answer is needed', async () => {
  await lab.sh('backend', 'ip address add 127.0.0.9/32 dev eth0');
  const counted = async (source: string): Promise<string> =>
    lab.sh('host', `nft list table inet watch | sed -n 's/.*saddr ${source} .*packets \\([0-9]*\\) .*/\\1/p'`);
  /** A second packet with another source shows that the first had the time to arrive. */
  const arrived = async (): Promise<string> => {
    const rules = ['127.0.0.9', '10.0.0.2'].map((source) => `ip saddr ${source} udp dport 7000 counter;`).join(' ');
    await lab.sh('host', `nft "table inet watch { chain input { type filter hook input priority 0; ${rules} }; }"`);
    for (const from of ['127.0.0.9', '10.0.0.2'])
      await lab.agents.backend.send([{ protocol: 'udp', from, fromPort: 40_000, to: '10.0.0.1', port: 7000 }]);
    await until('the second packet is counted', async () => (await counted('10.0.0.2')) === '1');
    const first = await counted('127.0.0.9');
    await lab.sh('host', 'nft delete table inet watch');
    return first;
  };
  await lab.sh('host', `sysctl -qw ${SYSCTL}=1`);
  expect(await arrived()).toBe('1');
  await lab.sh('host', `sysctl -qw ${SYSCTL}=0`);
  await lab.portfwd(['apply'], MODEL);
  expect(await arrived()).toBe('0');
});

test('down resets the sysctl, and so does a model that no longer needs it', async () => {
  await lab.portfwd(['apply'], MODEL);
  expect(await lab.portfwd(['apply'], MODEL.replace(',"loopback":true', ''))).toMatchObject({ exitCode: 0 });
  expect(await sysctl()).toBe('0');
  expect(await lab.sh('host', 'nft list ruleset')).not.toContain('pf_loopback_guard');
  await lab.portfwd(['apply'], MODEL);
  expect(await sysctl()).toBe('1');
  expect(await lab.portfwd(['down'])).toMatchObject({ exitCode: 0 });
  expect(await sysctl()).toBe('0');
});

test('a sysctl that another program turned on stays on', async () => {
  await lab.sh('host', `sysctl -qw ${SYSCTL}=1`);
  await lab.portfwd(['apply'], MODEL);
  await lab.portfwd(['down']);
  expect(await sysctl()).toBe('1');
  await lab.sh('host', `sysctl -qw ${SYSCTL}=0`);
});

test('status is critical when the guard is gone and the sysctl is on', async () => {
  await lab.portfwd(['apply'], MODEL);
  expect(await lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
  await lab.sh('host', 'nft flush ruleset');
  const { exitCode, stdout } = await lab.portfwd(['status']);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('critical: route_localnet is on for in0 and its guard chain is not loaded');
  expect(await lab.portfwd(['apply'])).toMatchObject({ exitCode: 0 });
  expect(await lab.portfwd(['status'])).toMatchObject({ exitCode: 0 });
});

const ROUNDS = 40;

test('killed at any point, the sysctl is never on without the guard', async () => {
  const seen = new Set<string>();
  let whole = 1000;
  for (let round = 0; round < ROUNDS; round += 1) {
    const loopback = round % 2 === 0;
    lab.writeModel(loopback ? MODEL : MODEL.replace(',"loopback":true', ''));
    const start = performance.now();
    // The first run shows how long one takes. The last two are not killed either, so that both results are seen.
    const isKilled = round > 0 && round < ROUNDS - 2;
    const ended = await runApply(isKilled ? (whole * 1.3 * ((round * 7) % ROUNDS)) / ROUNDS : undefined);
    if (ended) whole = performance.now() - start;
    const [value, ruleset] = [await sysctl(), await lab.sh('host', 'nft list ruleset')];
    const guarded = ruleset.includes('pf_loopback_guard');
    seen.add(`${value} ${guarded}`);
    expect(value === '1' && !guarded, `round ${round}`).toBe(false);
  }
  expect(seen).toContain('1 true');
  expect(seen).toContain('0 false');
});

/** Runs an apply on the host, and kills it (and only it) after so many milliseconds. True if it ended before that. */
async function runApply(milliseconds?: number): Promise<boolean> {
  const child = spawn('ip', ['netns', 'exec', 'host', ...PORTFWD_COMMAND, 'apply'], { env: lab.env, stdio: 'ignore' });
  const timer = milliseconds === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), milliseconds);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return signal === null;
}
