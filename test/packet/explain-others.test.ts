import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

const MODEL = `version: 1
forwards:
- {name: away, listen: 6000, target: "10.0.0.2:5000"}
- {name: here, listen: 6001, target: "192.168.0.2:5000"}
- {name: six, listen: "[::]:6000", target: "[2001:db8:2::2]:5000"}
`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const address of ['10.0.0.2', '2001:db8:2::2'])
    await lab.agents.backend.serve({ protocol: 'tcp', address, port: 5000 });
  await lab.agents.host.serve({ protocol: 'tcp', address: '192.168.0.2', port: 5000 });
  await lab.portfwd(['apply'], MODEL);
});
afterAll(async () => lab.stop());
afterEach(async () => lab.sh('host', 'nft delete table inet other'));

const DROPS = 'type filter hook forward priority 0; policy drop; ct state established,related accept';
const TABLES = [
  ['drops what is forwarded', DROPS, '6000', 'host/forward-dropped'],
  ['drops what is for the host', DROPS.replace('forward', 'input'), '6001', 'host/input-dropped'],
  [
    'translates first',
    'type nat hook prerouting priority -110; tcp dport 6000 redirect to :9',
    '6000',
    'host/nat-chain-rival',
  ],
] as const;

test.each(TABLES)('explain warns of another table that %s', async (_, rules, port, code) => {
  await lab.sh('host', `nft 'table inet other { chain one { ${rules}; }; }'`);
  const ends = [
    ['203.0.113.7', '203.0.113.1'],
    ['2001:db8:1::7', '2001:db8:1::1'],
  ] as const;
  for (const [from, to] of port === '6000' ? ends : ends.slice(0, 1)) {
    const probe = { protocol: 'tcp', to, port: Number(port), timeout: PATIENCE.silence } as const;
    expect(await lab.agents.client.probe(probe)).toBeNull();
    const shown = to.includes(':') ? `[${to}]:${port}` : `${to}:${port}`;
    const { stdout } = await lab.portfwd(['explain', '--from', from, '--to', shown, '--json']);
    const said = JSON.parse(stdout) as {
      readonly warnings: readonly { readonly code: string; readonly message: string }[];
    };
    expect(said.warnings).toMatchObject([{ code, message: expect.stringContaining('inet other') as unknown }]);
    const text = await lab.portfwd(['explain', '--from', from, '--to', shown]);
    expect(text.stdout).toContain(`warning: ${said.warnings[0]?.message}`);
  }
});

test('a table that drops another client is not mentioned', async () => {
  const rule = 'type filter hook forward priority 0; ip saddr 203.0.113.99 drop';
  await lab.sh('host', `nft 'table inet other { chain one { ${rule}; }; }'`);
  const explained = async (from: string) =>
    (await lab.portfwd(['explain', '--from', from, '--to', '203.0.113.1:6000'])).stdout;
  expect(await explained('203.0.113.7')).not.toContain('inet other');
  expect(await explained('203.0.113.99')).toContain('inet other');
});
