import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { applyFindings } from '../lab/apply-findings.ts';
import { startLab, type Lab, type Machine } from '../lab/lab.ts';
import { unpackUfw, type Unpacked } from '../lab/unpacked.ts';

const withUfw = async (script: string): Promise<string> => (await ufw?.run(script)) ?? '';

const FROM = '203.0.113.7';
const MODEL = `version: 1
forwards:
- {name: web, listen: 6000, target: "10.0.0.2:5000"}
- {name: range, protocol: [tcp, udp], listen: 6100-6102, target: "10.0.0.3:5100-5102"}
- {name: some, listen: 6200, target: "10.0.0.2:5200", from: [${FROM}, "198.51.100.0/24"]}
- {name: web6, listen: "[::]:6000", target: "[2001:db8:2::2]:5000"}
- {name: here, listen: 6300, target: "192.168.0.2:5300"}
- {name: here6, protocol: udp, listen: "[::]:6301", target: "[2001:db8:3::2]:5301"}
- {name: near, listen: 6400-6401, target: "192.168.0.2:5400-5401", from: [${FROM}]}
`;

/** From the client: address, listen, protocol, and the machine and the port that answer. */
const WAYS: readonly (readonly [string, number, 'tcp' | 'udp', Machine, string, number])[] = [
  ['203.0.113.1', 6000, 'tcp', 'backend', '10.0.0.2', 5000],
  ['203.0.113.1', 6101, 'tcp', 'neighbour', '10.0.0.3', 5101],
  ['203.0.113.1', 6102, 'udp', 'neighbour', '10.0.0.3', 5102],
  ['203.0.113.1', 6200, 'tcp', 'backend', '10.0.0.2', 5200],
  ['2001:db8:1::1', 6000, 'tcp', 'backend', '2001:db8:2::2', 5000],
  ['203.0.113.1', 6300, 'tcp', 'host', '192.168.0.2', 5300],
  ['2001:db8:1::1', 6301, 'udp', 'host', '2001:db8:3::2', 5301],
  ['203.0.113.1', 6401, 'tcp', 'host', '192.168.0.2', 5401],
];

/** Ports of the same targets that another program translates, and ports of the host. They stay closed. */
const CLOSED = [
  ['203.0.113.1', 7000, 'tcp'],
  ['203.0.113.1', 7001, 'tcp'],
  ['10.0.0.3', 5103, 'tcp'],
  ['192.168.0.2', 5500, 'tcp'],
] as const;
const OTHERS = `nft 'table ip other { chain pre { type nat hook prerouting priority -90; tcp dport 7000 dnat to 10.0.0.2:5500; tcp dport 7001 dnat to 192.168.0.2:5500; }; }'`;

let lab: Lab;
let ufw: Unpacked | undefined;
beforeAll(async () => {
  lab = await startLab();
  for (const [, , protocol, machine, address, port] of WAYS)
    await lab.agents[machine].serve({ protocol, address, port });
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5500 });
  await lab.agents.neighbour.serve({ protocol: 'tcp', address: '10.0.0.3', port: 5103 });
  await lab.agents.host.serve({ protocol: 'tcp', address: '192.168.0.2', port: 5500 });
});
beforeEach(async () => {
  ufw = await unpackUfw();
  await withUfw('ufw --force enable');
  await lab.sh('host', OTHERS);
});
afterEach(async () => {
  await lab.sh('host', 'nft flush ruleset');
  await ufw?.stop();
});
afterAll(async () => lab.stop());

const answers = async (timeout: number) =>
  Promise.all(
    WAYS.map(
      async ([to, port, protocol]) => (await lab.agents.client.probe({ protocol, to, port, timeout }))?.who ?? null,
    ),
  );
const closed = async () =>
  Promise.all(
    CLOSED.map(async ([to, port, protocol]) =>
      lab.agents.client.probe({ protocol, to, port, timeout: PATIENCE.silence }),
    ),
  );

/** As docs/recipes.md has it. */
const rule = (side: string, port: number): string =>
  `-A ufw-before-${side} -m conntrack --ctstate DNAT --ctproto tcp --ctorigdstport ${port} -j ACCEPT`;

test('ufw: the printed commands let the forwards through, and nothing else', async () => {
  const findings = await applyFindings(lab, MODEL);
  expect(findings.map(({ code }) => code).sort()).toEqual([
    'host/forward-dropped',
    'host/forward-dropped',
    'host/input-dropped',
    'host/input-dropped',
  ]);
  expect(await answers(PATIENCE.silence)).toEqual(WAYS.map(() => null));
  const commands = findings.map(({ remedy }) => /run: ([^;]*)/.exec(remedy)?.[1] ?? 'false');
  expect(commands.filter((command) => command.includes('from')).length).toBeGreaterThan(0);
  for (const command of commands) await withUfw(command);
  expect(await answers(PATIENCE.answer)).toEqual(WAYS.map(([, , , machine]) => machine));
  expect(await applyFindings(lab, MODEL)).toEqual([]);
  expect(await closed()).toEqual(CLOSED.map(() => null));
  await withUfw('ufw reload');
  expect(await answers(PATIENCE.answer)).toEqual(WAYS.map(([, , , machine]) => machine));
  // Another client than those of `from` has no way to the target either.
  await lab.sh(
    'client',
    'ip address add 203.0.113.9/24 dev eth0; ip route replace 10.0.0.2 via 203.0.113.1 src 203.0.113.9',
  );
  const direct = { protocol: 'tcp', to: '10.0.0.2', port: 5200, timeout: PATIENCE.silence } as const;
  expect(await lab.agents.client.probe(direct)).toBeNull();
  await lab.sh('client', 'ip address delete 203.0.113.9/24 dev eth0');
});

test('ufw: the rules of docs/recipes.md let one forward through, without a way to the port itself', async () => {
  await applyFindings(lab, MODEL);
  await withUfw(
    `sed -i 's/^COMMIT/${rule('forward', 6000)}\\n${rule('input', 6300)}\\nCOMMIT/' /etc/ufw/before.rules && ufw reload`,
  );
  expect(await answers(PATIENCE.silence)).toEqual(
    WAYS.map(([to, port, , machine]) => (to === '203.0.113.1' && [6000, 6300].includes(port) ? machine : null)),
  );
  for (const to of ['10.0.0.2', '192.168.0.2'])
    expect(
      await lab.agents.client.probe({
        protocol: 'tcp',
        to,
        port: to === '10.0.0.2' ? 5000 : 5300,
        timeout: PATIENCE.silence,
      }),
    ).toBeNull();
  expect(await closed()).toEqual(CLOSED.map(() => null));
});
