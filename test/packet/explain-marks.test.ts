import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

/** The target is behind the bridge only for packets with mark 7. Replies with mark 9 leave through a table of their own. */
const NETWORK = `
  ip route add default via 203.0.113.9
  ip route add 192.0.2.0/24 via 10.0.0.2 table 7
  ip rule add fwmark 7 lookup 7
  ip route add 198.18.0.0/24 via 203.0.113.7 table 9
  ip rule add fwmark 9 lookup 9
  ip -6 route add default via 2001:db8:1::9
  ip -6 route add 2001:db8:64::/64 via 2001:db8:2::2 table 7
  ip -6 rule add fwmark 0x7/0xf lookup 7
`;
const MODEL = `version: 1
forwards: ["7000:192.0.2.9:5000", "[::]:7000:[2001:db8:64::9]:5000"]
`;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('host', NETWORK);
  await lab.sh('client', 'ip address add 198.18.0.7/32 dev lo');
  await lab.sh('backend', 'ip address add 192.0.2.9/32 dev lo; ip address add 2001:db8:64::9/128 dev lo nodad');
  for (const address of ['192.0.2.9', '2001:db8:64::9'])
    await lab.agents.backend.serve({ protocol: 'tcp', address, port: 5000 });
});
afterAll(async () => lab.stop());

async function mark(...rules: readonly string[]): Promise<string> {
  const chain = `chain prerouting { type filter hook prerouting priority -150; ${rules.join('; ')}; }`;
  await lab.sh('host', `nft delete table inet marking 2>/dev/null || true; nft 'table inet marking { ${chain}; }'`);
  return (await lab.portfwd(['apply'], MODEL)).stderr;
}

const explained = async (from: string, to: string, ...more: readonly string[]): Promise<string> =>
  (await lab.portfwd(['explain', '--from', from, '--to', to, ...more])).stdout;

const answered = async (to: string, from?: string): Promise<boolean> => {
  const probe = { protocol: 'tcp', to, port: 7000, ...(from === undefined ? {} : { from }) } as const;
  return (await lab.agents.client.probe({ ...probe, timeout: PATIENCE.answer })) !== null;
};

test('a mark of all packets of an interface', async () => {
  await mark('iifname "out0" meta mark set 7');
  const text = await explained('203.0.113.7', '203.0.113.1:7000');
  expect(text).toContain('it has mark 0x7 when the kernel routes it\nit goes to 192.0.2.9:5000, out through in0\n');
  expect(text).toContain(
    'the kernel says of ip route get fibmatch 192.0.2.9 from 203.0.113.7 iif out0 mark 0x7: out through in0 via 10.0.0.2 (192.0.2.0/24 in table 7)',
  );
  expect(await answered('203.0.113.1')).toBe(true);
});

test('IPv6: a restored connection mark, with a mask', async () => {
  await mark('iifname "out0" ct state new ct mark set 0x17', 'ct mark != 0 meta mark set ct mark');
  const text = await explained('2001:db8:1::7', '[2001:db8:1::1]:7000');
  expect(text).toContain(
    'it has mark 0x17 when the kernel routes it\nit goes to [2001:db8:64::9]:5000, out through in0\n',
  );
  expect(await answered('2001:db8:1::1')).toBe(true);
});

test('the mark of the reply', async () => {
  await mark(
    'iifname "out0" ct state new ct mark set 9',
    'iifname "out0" meta mark set 7',
    'iifname != "out0" meta mark set ct mark',
  );
  const text = await explained('198.18.0.7', '203.0.113.1:7000', '--interface', 'out0');
  expect(text).toContain('it goes to 192.0.2.9:5000, out through in0\n');
  expect(text).toContain('iif in0 mark 0x9: out through out0 via 203.0.113.7 (198.18.0.0/24 in table 9)');
  expect(await answered('203.0.113.1', '198.18.0.7')).toBe(true);
});

test('a rule that cannot be evaluated: both ways; --mark selects one, in JSON too', async () => {
  await mark('ip dscp cs1 meta mark set 7');
  const text = await explained('203.0.113.7', '203.0.113.1:7000');
  expect(text).toContain('its way depends on the mark that rules of other tables give it');
  expect(text).toContain('without a mark it goes to 192.0.2.9:5000, out through out0');
  expect(text).toContain('with mark 0x7 it goes to 192.0.2.9:5000, out through in0');
  expect(await explained('203.0.113.7', '203.0.113.1:7000', '--mark', '7')).toContain(
    'it has mark 0x7 when the kernel routes it\nit goes to 192.0.2.9:5000, out through in0',
  );
  expect(await explained('203.0.113.7', '203.0.113.1:7000', '--mark', '0')).toContain(
    '\nit goes to 192.0.2.9:5000, out through out0',
  );
  const both = await explained('203.0.113.7', '203.0.113.1:7000', '--json');
  expect(JSON.parse(both)).toMatchObject({ marks: [0, 7], otherWays: [{ mark: 7, interface: 'in0' }] });
  const one = await explained('203.0.113.7', '203.0.113.1:7000', '--mark', '0x7', '--json');
  expect(JSON.parse(one)).toMatchObject({ marks: [7], otherWays: [], destination: { interface: 'in0' } });
  expect((await lab.portfwd(['explain', '--to', '203.0.113.1:7000', '--mark', 'x'])).stderr).toContain(
    'error: --mark: "x" is not a packet mark; write a number like 7 or 0x7',
  );
});

test('a mark of other packets does not count', async () => {
  await mark('iifname "in0" meta mark set 7', 'udp dport 7000 meta mark set 7', 'tcp dport 22 meta mark set 7');
  const text = await explained('203.0.113.7', '203.0.113.1:7000');
  expect(text).toContain('\nit goes to 192.0.2.9:5000, out through out0');
  expect(text).not.toContain('mark');
});

test('findings say which packets they are about', async () => {
  expect(await mark('iifname "out0" meta mark set 7')).not.toContain('[host/');
  expect(await mark('ip dscp cs1 meta mark set 7')).toMatch(
    /warning: packets without mark 0x7 go out through out0: the target of forward tcp-7000 is behind .*\[host\/return-path\]/,
  );
  await lab.sh('host', 'ip route replace blackhole 192.0.2.0/24 table 7');
  const both = await mark('iifname "out0" meta mark set 7');
  expect(both).toMatch(
    /warning: packets with mark 0x7: this host has a route of type blackhole .*\[host\/target-away\]/,
  );
  expect(await answered('203.0.113.1')).toBe(false);
  await lab.sh('host', 'ip route replace 192.0.2.0/24 via 10.0.0.2 table 7');
});

const chain = (type: string, priority: number): string =>
  `chain output { type ${type} hook output priority ${priority}; tcp dport { 5000, 7000 } meta mark set 7; }`;

describe('a connection of the host itself', () => {
  test.each([
    ['before its destination is translated', 'route', -150, true],
    ['before that, in a chain of the type filter', 'filter', -150, true],
    ['after that', 'route', 0, true],
    ['after that, in a chain of the type filter: too late', 'filter', 0, false],
  ])('gets a mark %s', async (_, type, priority, counts) => {
    await mark();
    await lab.sh('host', `nft 'table inet marking { ${chain(type, priority)}; }'`);
    await lab.portfwd(['apply'], MODEL);
    const { stdout } = await lab.portfwd(['explain', '--to', '203.0.113.1:7000']);
    expect(stdout.includes('it has mark 0x7 when the kernel routes it')).toBe(counts);
    expect(stdout).toContain(`it goes to 192.0.2.9:5000, out through ${counts ? 'in0' : 'out0'}`);
    const probe = { protocol: 'tcp', to: '203.0.113.1', port: 7000 } as const;
    const timeout = counts ? PATIENCE.answer : PATIENCE.silence;
    expect((await lab.agents.host.probe({ ...probe, timeout }))?.who).toBe(counts ? 'backend' : undefined);
  });
});
