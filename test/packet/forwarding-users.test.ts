import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PATIENCE } from './lab/agent.ts';
import { PORTFWD_COMMAND, startLab, type Lab } from './lab/lab.ts';

const MODEL = 'version: 1\nforwards: ["6000:10.0.0.2:5000"]\n';
const LOCAL = 'version: 1\nforwards: ["6000:192.168.0.2:5000"]\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.agents.backend.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  await lab.agents.client.serve({ protocol: 'tcp', address: '203.0.113.7', port: 5000 });
});
afterAll(async () => lab.stop());
beforeEach(async () => lab.sh('host', 'sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_forward=0'));
afterEach(async () => {
  await lab.sh(
    'host',
    'nft flush ruleset; ip link delete guests0 2>/dev/null || true; ip link delete guest1 2>/dev/null || true; iptables -P FORWARD ACCEPT',
  );
  await lab.sh('host', 'nft flush ruleset');
  await lab.portfwd(['down']);
});

const forwarding = async (): Promise<string> => lab.sh('host', 'sysctl -n net.ipv4.ip_forward');
const tables = async (): Promise<string> => lab.sh('host', 'nft list tables');
/** From a network behind the host, whose source another program rewrites. */
const guestReaches = async (timeout: number = PATIENCE.answer) =>
  lab.agents.backend.probe({ protocol: 'tcp', to: '203.0.113.7', port: 5000, timeout });
const outsiderReaches = async () =>
  lab.agents.client.probe({ protocol: 'tcp', to: '10.0.0.2', port: 5000, timeout: PATIENCE.silence });

/** As container engines have it. */
const MASQUERADE =
  'nft "table ip nat { chain postrouting { type nat hook postrouting priority 100; oifname out0 ip saddr 10.0.0.0/24 masquerade; }; }"';

async function down(): Promise<string> {
  const { exitCode, stderr } = await lab.portfwd(['down']);
  expect(exitCode).toBe(0);
  return stderr;
}

test('routing stays on behind its guard while another table masquerades, until that is gone', async () => {
  expect(await lab.portfwd(['apply', '--enable-forwarding'], MODEL)).toMatchObject({ exitCode: 0 });
  await lab.sh('host', MASQUERADE);
  expect(await guestReaches()).toMatchObject({ who: 'client', sees: '203.0.113.1' });
  expect(await down()).toContain(
    'IPv4 routing stays on, because table ip nat rewrites the source of forwarded packets; the table inet portfwd_guard drops',
  );
  expect(await forwarding()).toBe('1');
  expect(await tables()).toBe('table ip nat\ntable inet portfwd_guard');
  expect(await guestReaches()).toMatchObject({ who: 'client' });
  expect(await outsiderReaches()).toBeNull();
  expect(await down()).toContain('routing stays on');
  await lab.sh('host', 'nft delete table ip nat');
  expect(await down()).toBe('');
  expect([await forwarding(), await tables()]).toEqual(['0', '']);
});

test('the printed command ends it, and every value is as before', async () => {
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.svc0.forwarding=1');
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  await lab.sh('host', MASQUERADE);
  const [, command = ''] = /or run: (.*) \[?/.exec(`${await down()} `) ?? [];
  expect(command).toContain('sysctl -w net.ipv4.ip_forward=0 && portfwd down');
  const env = Object.entries(lab.env).map(([name, value]) => `${name}=${value}`);
  await lab.sh('host', `export ${env.join(' ')}; portfwd() { ${PORTFWD_COMMAND.join(' ')} "$@"; }; ${command}`);
  expect(await lab.sh('host', 'sysctl -n net.ipv4.ip_forward net.ipv4.conf.svc0.forwarding')).toBe('0\n1');
  expect(await tables()).toBe('table ip nat');
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.svc0.forwarding=0');
});

const BRIDGE =
  'ip link add guests0 type bridge; ip link add guest1 type veth peer name guest2; ip link set guest1 master guests0';

test.each([
  [
    'a forward chain',
    'nft "table inet fw { chain forward { type filter hook forward priority 0; policy drop; }; }"',
    'table inet fw filters forwarded packets',
  ],
  ['iptables', 'iptables -A FORWARD -i in0 -j ACCEPT', 'table ip filter filters forwarded packets'],
  [
    'iptables NAT',
    'iptables -t nat -A POSTROUTING -s 10.0.0.0/24 -j MASQUERADE',
    'table ip nat rewrites the source of forwarded packets',
  ],
  [
    'another forwarder',
    'nft "table ip other { chain incoming { type nat hook prerouting priority -100; tcp dport 99 dnat to 10.0.0.2:80; }; }"',
    'table ip other forwards to another host',
  ],
  [
    'another forwarder with iptables',
    'iptables -t nat -A PREROUTING -p tcp --dport 99 -j DNAT --to-destination 10.0.0.2:80',
    'table ip nat forwards to another host',
  ],
  ['a new bridge with guests', `${BRIDGE}; ip address add 10.99.0.1/24 dev guests0`, 'bridge guests0 has a port'],
  [
    'a new bridge with a network on a macvlan above it, as on a VLAN',
    `${BRIDGE}; ip link add link guests0 name above0 type macvlan; ip address add 10.99.0.1/24 dev above0`,
    'bridge guests0 has a port',
  ],
  [
    'a new bridge with a route to one guest',
    `${BRIDGE}; ip link set guests0 up; ip route add 192.0.2.7/32 dev guests0`,
    'bridge guests0 has a port',
  ],
])('%s uses it too', async (_, command, said) => {
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  await lab.sh('host', command);
  expect(await down()).toContain(`because ${said};`);
  expect(await forwarding()).toBe('1');
  expect(await outsiderReaches()).toBeNull();
});

test.each([
  ['IPv4', MODEL, 'fd00:99::1/64', 'net.ipv4.ip_forward'],
  [
    'IPv6',
    'version: 1\nforwards: ["[::]:6000:[2001:db8:2::2]:5000"]\n',
    '10.99.0.1/24',
    'net.ipv6.conf.all.forwarding',
  ],
])('%s routing does not stay on for a bridge without a network of the family', async (_, model, address, sysctl) => {
  await lab.sh('host', 'sysctl -qw net.ipv6.conf.all.forwarding=0');
  await lab.portfwd(['apply', '--enable-forwarding'], model);
  expect(await lab.sh('host', `sysctl -n ${sysctl}`)).toBe('1');
  await lab.sh(
    'host',
    `${BRIDGE}; ip address add ${address} dev guests0 nodad; ip link set guests0 up; ip link set guest1 up`,
  );
  expect(await down()).toBe('');
  expect(await lab.sh('host', `sysctl -n ${sysctl}`)).toBe('0');
  await lab.sh('host', 'sysctl -qw net.ipv6.conf.all.forwarding=1');
});

test.each([
  ['a chain without rules, and a bridge from before', 'chain forward { type filter hook forward priority 0; }'],
  ['masquerading of IPv6', 'chain leaving { type nat hook postrouting priority 100; meta nfproto ipv6 masquerade; }'],
  [
    'a redirection to this host',
    'chain incoming { type nat hook prerouting priority -100; tcp dport 99 redirect to :80; }',
  ],
])('not used by %s', async (_, chain) => {
  await lab.sh('host', `nft "table inet fw { ${chain}; }"`);
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  expect(await down()).toBe('');
  expect(await forwarding()).toBe('0');
});

test('forwards that need no routing keep it on for others, and forwards that need it take over the guard', async () => {
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  await lab.sh('host', MASQUERADE);
  expect(await lab.portfwd(['plan'], LOCAL)).toMatchObject({ stdout: expect.stringContaining('routing stays on') });
  const { exitCode, stderr } = await lab.portfwd(['apply'], LOCAL);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('IPv4 routing stays on') });
  expect(await tables()).toContain('portfwd_guard');
  expect(await outsiderReaches()).toBeNull();
  expect(await lab.portfwd(['status'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('routing is on by portfwd'),
  });
  expect(await lab.portfwd(['apply', '--enable-forwarding'], MODEL)).toMatchObject({ exitCode: 0 });
  expect(await tables()).toBe('table inet portfwd_counters\ntable ip nat\ntable inet portfwd');
  expect(await outsiderReaches()).toBeNull();
  expect(await guestReaches()).toMatchObject({ who: 'client' });
});

test('a revert restores what was there: routing off, or on behind the guard for others', async () => {
  await lab.sh('host', MASQUERADE);
  const unconfirmed = ['apply', '--enable-forwarding', '--confirm', '1'] as const;
  expect(await lab.portfwd(unconfirmed, MODEL)).toMatchObject({ exitCode: 6 });
  expect([await forwarding(), await tables()]).toEqual(['0', 'table ip nat']);
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  await down();
  expect(await lab.portfwd(unconfirmed)).toMatchObject({ exitCode: 6 });
  expect([await forwarding(), await tables()]).toEqual(['1', 'table ip nat\ntable inet portfwd_guard']);
  expect(await outsiderReaches()).toBeNull();
});

test('status is critical if the guard table is gone and routing is on', async () => {
  await lab.portfwd(['apply', '--enable-forwarding'], MODEL);
  await lab.sh('host', MASQUERADE);
  await down();
  await lab.sh('host', 'nft delete table inet portfwd_guard');
  expect(await lab.portfwd(['status'])).toMatchObject({
    stdout: expect.stringContaining('critical: net.ipv4.ip_forward'),
  });
});
