import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab, type Machine } from './lab/lab.ts';
import { MARK_CASES } from './lab/mark-cases.ts';
import { ROUTE_CASES } from './lab/route-cases.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('host', 'ip address add 10.9.0.1/24 dev out0; ip address add 2001:db8:9::1/64 dev out0 nodad');
  await lab.sh('client', 'ip address add 10.9.0.7/24 dev eth0; ip route add 10.0.0.0/8 via 10.9.0.1');
});
afterAll(async () => lab.stop());

describe.each([...ROUTE_CASES, ...MARK_CASES].map((one, index) => ({ ...one, port: 5001 + index })))(
  '$name',
  ({ setup, target, others = [], server = 'backend', probes, port }) => {
    const machines = Object.entries(setup) as [Machine, readonly (readonly [string, string])[]][];
    const all = async (at: 0 | 1): Promise<void> => {
      for (const [machine, steps] of machines)
        await lab.sh(machine, (at === 0 ? steps : [...steps].reverse()).map((step) => step[at]).join('\n'));
    };
    beforeAll(async () => {
      await all(0);
      await lab.agents[server].serve({ protocol: 'tcp', address: target, port });
      const ofIPv6 = target.includes(':');
      const forwards = [ofIPv6 ? `[::]:7000:[${target}]:${port}` : `7000:${target}:${port}`, ...others];
      const { exitCode, stderr } = await lab.portfwd(['apply'], `version: 1\nforwards: ${JSON.stringify(forwards)}\n`);
      expect(`${exitCode} ${exitCode === 0 ? '' : stderr}`).toBe('0 ');
    });
    afterAll(async () => all(1));

    test.each(probes)('%s from %s at %s: the target sees %s', async (from, source, to, sees) => {
      const probe = { protocol: 'tcp', to, port: 7000, from: source, timeout: PATIENCE.answer } as const;
      expect((await lab.agents[from].probe(probe))?.sees ?? null).toBe(sees);
    });

    test('status agrees, and compile gives the same with the facts of a file', async () => {
      expect((await lab.portfwd(['status'])).stdout).toMatch(/^in sync/);
      const facts = `${lab.directory}/facts.json`;
      await lab.sh('host', `cat > ${facts} <<'END'\n${(await lab.portfwd(['facts'])).stdout}\nEND`);
      const compiled = async (from: string) => (await lab.portfwd(['compile', '--host-facts', from])).stdout;
      expect(await compiled(facts)).toBe(await compiled('live'));
    });
  },
);
