import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import type { Lab } from '../lab/lab.ts';
import { startTraceLab, traced, traceOne, traceTables } from '../lab/trace-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startTraceLab();
});
afterAll(async () => lab.stop());
afterEach(async () => {
  expect(await traceTables()).toEqual([]);
  await lab.sh('host', 'nft delete table inet other 2>/dev/null || true');
});

const FORWARD = 'type filter hook forward priority 0';
const OTHERS = [
  [
    'a rule of another table',
    `${FORWARD}; tcp dport 5000 drop`,
    'dropped',
    'forward',
    /by a rule of inet other, chain one: tcp dport 5000 drop/,
  ],
  [
    'a policy',
    `${FORWARD}; policy drop; udp dport 53 accept`,
    'dropped',
    'forward',
    /by the policy of inet other, chain one/,
  ],
  [
    'a rule that rejects',
    `${FORWARD}; tcp dport 5000 reject with tcp reset`,
    'rejected',
    'forward',
    /reject with tcp reset/,
  ],
  [
    'a raw chain',
    'type filter hook prerouting priority -300; tcp dport 6000 drop',
    'dropped',
    'prerouting',
    /tcp dport 6000 drop/,
  ],
  [
    'a chain before raw',
    'type filter hook prerouting priority -450; tcp dport 6000 drop',
    'dropped',
    'prerouting',
    /tcp dport 6000/,
  ],
  [
    'a chain after NAT',
    'type filter hook postrouting priority 300; tcp dport 5000 drop',
    'dropped',
    'postrouting',
    /tcp dport 5000 drop/,
  ],
  ['a rule for answers', `${FORWARD}; ct direction reply drop`, 'answer dropped', 'forward', /ct direction reply drop/],
  [
    'a rule before NAT for answers',
    'type filter hook prerouting priority -150; ct direction reply drop',
    'answer dropped',
    'prerouting',
    /reply drop/,
  ],
] as const;

test.each(OTHERS)('names %s that drops', async (_, rules, kind, hook, text) => {
  await lab.sh('host', `nft 'table inet other { chain one { ${rules}; }; }'`);
  const { exit, verdict } = await traceOne(lab, 'web', { port: 6000 });
  expect(verdict).toMatchObject({ kind, hook, table: 'inet other', chain: 'one' });
  expect(verdict.text).toMatch(text);
  expect(exit).toBe(1);
});

test('names a rule that is added while the trace runs', async () => {
  const trace = await traced(lab.env, ['web', '--count', '1', '--seconds', '60'], async () => {
    await lab.sh('host', `nft 'table inet other { chain one { ${FORWARD}; tcp dport 5000 reject comment "late"; }; }'`);
    await lab.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout: PATIENCE.silence });
  });
  expect(trace.connections[0]?.verdict).toMatchObject({ kind: 'rejected', table: 'inet other' });
  expect(trace.connections[0]?.verdict.text).toContain('tcp dport 5000 reject comment "late"');
});

test('names the chain of iptables that drops', async () => {
  await lab.sh('host', 'iptables-nft -A FORWARD -p tcp --dport 5000 -j DROP');
  const { verdict } = await traceOne(lab, 'web', { port: 6000 });
  await lab.sh('host', 'iptables-nft -F FORWARD');
  expect(verdict).toMatchObject({ kind: 'dropped', table: 'ip filter', chain: 'FORWARD' });
});

test('tells of another table that translates first', async () => {
  const nat = 'type nat hook prerouting priority -110; tcp dport 6000 dnat ip to 192.168.0.2:5000';
  await lab.sh('host', `nft 'table inet other { chain one { ${nat}; }; }'`);
  const { exit, forward, verdict, destination } = await traceOne(lab, 'web', { port: 6000 });
  expect(destination).toEqual({ address: '192.168.0.2', port: 5000 });
  expect([exit, forward]).toEqual([1, null]);
  expect(verdict.text).toContain('no forward of this file sends it to 192.168.0.2:5000');
});

test('tells that rp_filter drops', async () => {
  await lab.sh('client', 'ip address add 10.0.0.77/32 dev lo');
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.all.rp_filter=1');
  const remote = await traceOne(lab, 'web', { port: 6000, source: '10.0.0.77' });
  const local = await traceOne(lab, 'own', { port: 6001, source: '10.0.0.77' });
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.all.rp_filter=0');
  for (const { verdict } of [remote, local]) {
    expect(verdict.kind).toBe('lost');
    expect(verdict.text).toContain('rp_filter is strict on out0, and the route to 10.0.0.77 goes out through in0');
  }
});

test('tells that the host does not route, and that there is no route', async () => {
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.out0.forwarding=0');
  const { verdict } = await traceOne(lab, 'web', { port: 6000 });
  await lab.sh('host', 'sysctl -qw net.ipv4.conf.out0.forwarding=1');
  expect(verdict.text).toContain('net.ipv4.conf.out0.forwarding is 0');
  await lab.sh('host', 'ip route add unreachable 10.0.0.2');
  const { verdict: unreachable } = await traceOne(lab, 'web', { port: 6000 });
  await lab.sh('host', 'ip route delete unreachable 10.0.0.2');
  expect(unreachable.text).toContain('the route or routing rule for 10.0.0.2 is of the type unreachable');
  await lab.sh('host', 'sysctl -qw net.ipv6.conf.all.forwarding=0');
  const six = await traceOne(lab, 'six', { port: 6000, to: '2001:db8:1::1' });
  await lab.sh('host', 'sysctl -qw net.ipv6.conf.all.forwarding=1');
  expect(six.verdict.text).toContain('net.ipv6.conf.all.forwarding is 0');
});

test('asks for the route of the mark that a packet has', async () => {
  const mark = 'type filter hook prerouting priority -150; tcp dport 6000 meta mark set 7';
  await lab.sh('host', `nft 'table inet other { chain one { ${mark}; }; }'`);
  await lab.sh('host', 'ip rule add fwmark 7 lookup 100; ip route add blackhole default table 100');
  const { steps, verdict } = await traceOne(lab, 'web', { port: 6000 });
  await lab.sh('host', 'ip rule delete fwmark 7 lookup 100; ip route flush table 100');
  expect(steps).toContainEqual(expect.objectContaining({ kind: 'rule', verdict: 'continue', table: 'inet other' }));
  expect(verdict.text).toContain('the route or routing rule for 10.0.0.2 is of the type blackhole');
});
