import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { execa } from 'execa';
import { PATIENCE } from '../lab/agent.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';
import { ROUTES, startNetwork, type Network } from '../lab/network.ts';
import { traced, traceTables } from '../lab/trace-lab.ts';

type Machine = 'client' | 'host' | 'target';

/**
 *     client ══ wan0 203.0.113.1, wan1 198.51.100.1 ══ host ══ lan0 10.0.0.1, lan1 10.0.1.1 ══ target 10.0.0.2
 *        ╚══════════════════════════════ side0, side1 ═════════════════════════════════╝
 */
let network: Network<Machine>;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  network = await startNetwork<'client' | 'target'>(
    ['client', 'host', 'target'],
    [
      ['host', 'wan0', '203.0.113.1/24', 'client', 'up0', '203.0.113.7/24'],
      ['host', 'wan1', '198.51.100.1/24', 'client', 'up1', '198.51.100.7/24'],
      ['host', 'lan0', '10.0.0.1/24', 'target', 'in0', '10.0.0.2/24'],
      ['host', 'lan1', '10.0.1.1/24', 'target', 'in1', '10.0.1.2/24'],
      ['client', 'side0', '10.9.0.1/24', 'target', 'side1', '10.9.0.2/24'],
    ],
    {
      host: `${ROUTES}; sysctl -qw net.ipv4.conf.all.rp_filter=0; ip route add 192.0.2.0/24 via 198.51.100.7; echo "$PORTFWD_CONFIG $PORTFWD_STATE_DIR"`,
      client: 'ip address add 192.0.2.7/32 dev lo',
      target: 'ip route add 203.0.113.0/24 via 10.0.0.1; ip route add default via 10.0.0.1',
    },
  );
  const [config = '', state = ''] = (await network.sh('host', 'echo "$PORTFWD_CONFIG $PORTFWD_STATE_DIR"')).split(' ');
  env = { PORTFWD_CONFIG: config, PORTFWD_STATE_DIR: state };
  await network.agents.target.serve({ protocol: 'tcp', address: '10.0.0.2', port: 5000 });
  await network.agents.target.serve({ protocol: 'udp', address: '10.0.0.2', port: 5000 });
  await network.apply([{ name: 'web', protocol: ['tcp', 'udp'], listen: 6000, target: '10.0.0.2:5000' }]);
});
afterAll(async () => network.stop());
afterEach(async () => expect(await traceTables()).toEqual([]));

async function one(from: string) {
  const probe = { protocol: 'tcp', to: '203.0.113.1', port: 6000, from, timeout: PATIENCE.silence } as const;
  const trace = await traced(env, ['web', '--count', '1', '--seconds', '60'], async () =>
    network.agents.client.probe(probe),
  );
  const [connection] = trace.connections;
  if (connection === undefined) throw new Error('nothing was traced');
  const through = (connection.answer?.steps ?? []).flatMap((step) => step.interface ?? []);
  return { ...connection, through, exit: trace.exit };
}

test('an answer that goes out where the packet came in', async () => {
  const { exit, through, verdict } = await one('203.0.113.7');
  expect([exit, through]).toEqual([0, ['lan0', 'wan0']]);
  expect(verdict.text).not.toContain('another way');
});

test('an answer that goes out through another uplink', async () => {
  const { exit, through, verdict } = await one('192.0.2.7');
  expect([exit, through, verdict.kind]).toEqual([0, ['lan0', 'wan1'], 'answered']);
  expect(verdict.text).toContain('the packet came in through wan0, so the answer takes another way than the packet');
});

test('an answer that comes in through another interface', async () => {
  await network.sh('target', 'ip route replace 203.0.113.0/24 via 10.0.1.1');
  const { exit, through, verdict } = await one('203.0.113.7');
  expect([exit, through, verdict.kind]).toEqual([0, ['lan1', 'wan0'], 'answered']);
  await network.sh('host', 'sysctl -qw net.ipv4.conf.all.rp_filter=1');
  const dropped = await one('203.0.113.7');
  await network.sh('host', 'sysctl -qw net.ipv4.conf.all.rp_filter=0');
  await network.sh('target', 'ip route replace 203.0.113.0/24 via 10.0.0.1');
  expect([dropped.exit, dropped.verdict.kind]).toEqual([1, 'answer lost']);
  expect(dropped.verdict.text).toContain(
    'rp_filter is strict on lan1, and the route to 10.0.0.2 goes out through lan0',
  );
});

test('an answer that does not come through this host', async () => {
  await network.sh('target', 'ip route replace 203.0.113.0/24 via 10.9.0.1');
  const { exit, verdict } = await one('203.0.113.7');
  await network.sh('target', 'ip route replace 203.0.113.0/24 via 10.0.0.1');
  expect([exit, verdict.kind]).toEqual([1, 'unanswered']);
  expect(verdict.text).toContain('its answer may take another way than through this host');
});

test('UDP of a client that began before the forward', async () => {
  const saved = `${env['PORTFWD_CONFIG']}.nft`;
  await network.sh('host', `nft list table inet portfwd > ${saved}`);
  await network.portfwd('down');
  // Something else has to use connection tracking.
  await network.sh(
    'host',
    `nft 'table inet other { chain one { type filter hook input priority 0; ct state invalid drop; }; }'`,
  );
  const order = { protocol: 'udp', to: '203.0.113.1', port: 6000, every: 100 } as const;
  const stream = await network.agents.client.stream(order);
  const trace = await traced(env, ['web', '--count', '1', '--seconds', '60'], async () =>
    network.sh('host', `nft -f ${saved}`),
  );
  await stream.end();
  await network.sh('host', 'nft delete table inet other');
  expect(trace.connections[0]?.verdict).toMatchObject({ kind: 'not forwarded', known: true });
});

test('a drop of iptables-legacy, and chains that see packets before the trace', async () => {
  await network.portfwd('apply');
  await network.sh('host', 'iptables-legacy -A FORWARD -p tcp --dport 5000 -j DROP');
  const { verdict } = await one('203.0.113.7');
  await network.sh('host', 'iptables-legacy -F FORWARD');
  expect(verdict).toMatchObject({ kind: 'lost', hook: 'forward' });
  expect(verdict.text).toContain('iptables-legacy');
  await network.sh(
    'host',
    `nft 'table netdev early { chain one { type filter hook ingress device wan0 priority 0; tcp dport 6000 drop; }; }'`,
  );
  const none = await traced(env, ['web', '--seconds', '2'], async () =>
    network.agents.client.probe({ protocol: 'tcp', to: '203.0.113.1', port: 6000, timeout: PATIENCE.silence }),
  );
  const text = await execa('ip', ['netns', 'exec', 'host', ...PORTFWD_COMMAND, 'trace', 'web', '--seconds', '1'], {
    env,
    reject: false,
  });
  await network.sh('host', 'nft delete table netdev early');
  expect(none).toMatchObject({ active: true, connections: [] });
  expect(text.stdout).toContain('no packet for web arrived at this host in 1 s');
  expect(text.stdout).toContain('such chains on this host: netdev early one');
});
