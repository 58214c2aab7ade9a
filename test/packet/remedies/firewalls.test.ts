import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { applyFindings } from '../lab/apply-findings.ts';
import { startLab, type Lab } from '../lab/lab.ts';

const MODEL = `version: 1
forwards:
- {name: web, listen: 6000, target: "10.0.0.2:5000"}
- {name: pair, protocol: [tcp, udp], listen: 6001, target: "10.0.0.3:5001"}
`;

/** Another program translates these ports to the same targets, and the firewall keeps them closed. */
const OTHERS = `nft 'table ip other { chain pre { type nat hook prerouting priority -90; tcp dport 7000 dnat to 10.0.0.2:5100; tcp dport 7001 dnat to 10.0.0.3:5100; }; }'`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const port of [5000, 5100]) await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port });
  for (const port of [5001, 5100]) await lab.agents.neighbour.serve({ protocol: 'tcp', address: '10.0.0.3', port });
  await lab.agents.neighbour.serve({ protocol: 'udp', address: '10.0.0.3', port: 5001 });
});
afterAll(async () => lab.stop());
afterEach(async () => lab.sh('host', 'nft flush ruleset'));

const ask = async (port: number, protocol: 'tcp' | 'udp' = 'tcp', timeout: number = PATIENCE.answer) =>
  lab.agents.client.probe({ protocol, to: '203.0.113.1', port, timeout });

const answered = async (timeout: number = PATIENCE.answer): Promise<readonly (string | undefined)[]> =>
  Promise.all(
    [ask(6000, 'tcp', timeout), ask(6001, 'tcp', timeout), ask(6001, 'udp', timeout)].map(
      async (answer) => (await answer)?.who,
    ),
  );

test.each([
  [
    'nft: policy drop',
    `nft 'table inet fw { chain forward { type filter hook forward priority 0; policy drop; ct state { established, related } accept; }; }'`,
  ],
  [
    'nft: policy drop, without a rule for replies',
    `nft 'table inet fw { chain forward { type filter hook forward priority 0; policy drop; }; }'`,
  ],
  [
    'iptables: the last rule rejects',
    'iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables -A FORWARD -j REJECT',
  ],
  [
    'iptables: Docker, with a rule of the administrator',
    'iptables -P FORWARD DROP; iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER; iptables -A DOCKER-USER -i out0 -j DROP; iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ],
])('%s: the printed command lets the forwards through, and nothing else', async (_, setup) => {
  await lab.sh('host', `${OTHERS}; ${setup}`);
  const [finding, ...others] = await applyFindings(lab, MODEL);
  expect(others).toEqual([]);
  expect(finding?.code).toBe('host/forward-dropped');
  expect(await answered(PATIENCE.silence)).toEqual([undefined, undefined, undefined]);

  const before = await lab.sh('host', 'nft list table ip other');
  await lab.sh('host', /run: ([^;]*)/.exec(finding?.remedy ?? '')?.[1] ?? 'false');
  expect(await answered()).toEqual(['backend', 'neighbour', 'neighbour']);
  expect(await applyFindings(lab, MODEL)).toEqual([]);
  expect(await lab.sh('host', 'nft list table ip other')).toBe(before);
  await lab.sh('host', 'nft list ruleset > /run/kept; nft flush ruleset; nft -f /run/kept');
  expect(await answered()).toEqual(['backend', 'neighbour', 'neighbour']);
  expect(await Promise.all([7000, 7001].map(async (port) => ask(port, 'tcp', PATIENCE.silence)))).toEqual([null, null]);
});
