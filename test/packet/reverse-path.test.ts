import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

const STRANGER = '198.18.0.7';
const MODEL = 'version: 1\nforwards: [{ listen: "203.0.113.1:7000", target: "10.0.0.2:5000" }]\n';

/** The default route goes through in0, and the client comes in through out0, where rp_filter is strict. */
let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  await lab.sh('client', `ip address add ${STRANGER}/32 dev lo`);
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.all.rp_filter=1; ip route add default via 10.0.0.3');
  await lab.sh('host', 'ip route add default via 203.0.113.7 table 60');
});
afterAll(async () => lab.stop());

async function finds(): Promise<boolean> {
  const { exitCode, stderr } = await lab.portfwd(['apply'], MODEL);
  expect(`${exitCode} ${exitCode === 0 ? '' : stderr}`).toBe('0 ');
  return stderr.includes('[host/rp-filter]');
}

const answered = async (): Promise<boolean> => {
  const probe = { protocol: 'tcp', to: '203.0.113.1', port: 7000, from: STRANGER } as const;
  const isRefused = await finds();
  const timeout = isRefused ? PATIENCE.silence : PATIENCE.answer;
  const answer = await lab.agents.client.probe({ ...probe, timeout });
  expect(answer === null).toBe(isRefused);
  return answer !== null;
};

/** How the replies of the target leave through out0. */
const REPLIES = 'from 10.0.0.2 lookup 60';

test.each([
  ['no rule sends the replies back', [], false],
  ['a rule for another address', ['from 203.0.113.9 lookup 60', REPLIES], false],
  ['a rule for the address', ['from 203.0.113.1 lookup 60', REPLIES], true],
  [
    'rules for all packets, as wg-quick makes them',
    ['lookup main suppress_prefixlength 0 pref 100', 'lookup 60 pref 200'],
    true,
  ],
])('strict rp_filter, and %s', async (_, rules, expected) => {
  for (const rule of rules) await lab.sh('host', `ip rule add ${rule}`);
  expect(await answered()).toBe(expected);
  for (const rule of rules) await lab.sh('host', `ip rule del ${rule}`);
});
