import { expect, test } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { systemHost } from '../../../src/host/host.ts';
import { GATEWAY } from '../../support/model.ts';

const FILE = `version: 1
forwards:
  - "6000:192.0.2.1:5000"
  - {name: web, listen: 8080, target: 10.0.0.2:80}
  - {name: dns, protocol: udp, listen: "192.0.2.1:53", target: 10.0.0.3}
  - {name: games, protocol: udp, listen: 27000-27003, target: 10.0.0.2:28000-28003, interface: wan0}
  - {name: old, listen: 7000, target: 10.0.0.2, enabled: false}
  - {name: out, listen: 9000, target: 198.51.100.9, masquerade: always}
  - {name: back, listen: 9001, target: 10.0.0.2, loopback: true}
  - {name: kept, listen: 9002, target: 10.0.0.2, masquerade: never}
  - name: office
    listen: 9100-9101
    target: 10.0.0.5
    from: [198.51.100.0/24, 203.0.113.7]
  - {name: far, listen: 9200, target: 10.0.0.6, mss: clamp}
  - {name: app, listen: 9300, target: 127.0.0.1:5000, loopback: true}
`;

async function explain(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const runtime = {
    host: {
      ...systemHost,
      readModelFiles: () => Buffer.from(FILE),
      readHostFacts: async () => GATEWAY,
      nft: {
        ...systemHost.nft,
        chainNames: async () => [],
        chainNamesOf: async () => new Map(),
        hasTable: async () => false,
      },
      sysctl: {
        ...systemHost.sysctl,
        read: (path: string) => (/^net\/ipv4\/conf\/(wan0|lan0|lo)\//.test(path) ? '1' : undefined),
        readSaved: () => ({}),
      },
    },
    env: {},
    self: [],
    out: (text: string) => void (out += text),
    isRead: () => true,
    err: (text: string) => void (err += text),
  };
  const exit = await run(['explain', 'portfwd.yaml', ...args], runtime, '0');
  return { exit, out, err };
}

/** The last lines: what comes of it, in words. Nothing is loaded here. */
const words = async (...args: string[]): Promise<string[]> =>
  ((await explain(...args)).out.trimEnd().split('\n\n').at(-1)?.split('\n') ?? []).filter(
    (line) => !line.startsWith('the kernel does not hold the forward, '),
  );

test('the whole of it: the connection, the rules that matched, and what comes of it', async () => {
  expect(await explain('--from', '198.51.100.7', '--interface', 'wan0', '--to', '192.0.2.1:8080')).toEqual({
    exit: 0,
    err: '',
    out: `tcp from 198.51.100.7 to 192.0.2.1:8080, in through wan0

prerouting: chain pf_loopback_guard
prerouting: chain pf_source_guard
  iifname != "lo" ct state new fib daddr type local jump pf_sources
prerouting: chain pf_sources
prerouting: chain prerouting
  fib daddr type local jump pf_dispatch
prerouting: chain pf_dispatch
  iifname "wan0" jump pf_in1_dispatch
prerouting: chain pf_in1_dispatch
  meta l4proto tcp dnat ip to meta l4proto . th dport map @pf_addr4 : meta l4proto . th dport map @pf_port4
    @pf_addr4 has tcp . 8080 : 10.0.0.2 (line 4)
    @pf_port4 has tcp . 8080 : 80 (line 4)
forward: chain pf_mss_clamp
  ct status dnat tcp flags & (syn | rst) == syn jump pf_mss
forward: chain pf_mss
postrouting: chain postrouting
  ct status dnat oifname != "lo" jump pf_masquerade
postrouting: chain pf_masquerade

the forward web applies (portfwd.yaml:4): 8080 -> 10.0.0.2:80
it goes to 10.0.0.2:80, out through lan0
the source stays 198.51.100.7: the reply comes back only if the target's route to 198.51.100.7 goes through this host
the kernel does not hold the forward, so it does not work now; portfwd apply loads it
`,
  });
});

test.each([
  [['--from', '198.51.100.7', '--to', '10.0.0.1:6000'], 'the target is on this host'],
  [
    ['--from', '198.51.100.7', '--interface', 'wan0', '--to', '10.0.0.1:9300'],
    'the target is on this host, and route_localnet, which apply sets for wan0, lets packets from outside reach 127.0.0.1',
  ],
  [['--to', '127.0.0.1:9300'], 'the target is on this host'],
  [['--to', '192.0.2.1:8080'], 'connections of this host itself get an address of the interface to the target, lan0'],
  [['--to', '10.0.0.1:8080'], 'it is an address of the interface to the target, lan0'],
  [
    ['--from', '198.51.100.7', '--to', '192.0.2.1:9002'],
    "the forward has masquerade: never; the reply comes back only if the target's route to 198.51.100.7 goes through this host",
  ],
  [
    ['--from', '10.0.0.2', '--to', '192.0.2.1:8080'],
    'the target connects to itself, and would reply to itself directly',
  ],
  [
    ['--from', '10.0.0.9', '--to', '192.0.2.1:8080'],
    'client and target are both in 10.0.0.0/24, so the reply would bypass this host',
  ],
  [['--from', '198.51.100.7', '--to', '192.0.2.1:9000'], 'the forward has masquerade: always'],
  [['--to', '127.0.0.1:9001'], 'packets from 127.0.0.1 cannot leave the host'],
])('%j: %s', async (args, because) => {
  const last = (await words(...args)).at(-1);
  expect(last?.slice(last.indexOf(': ') + 2)).toBe(because);
});

test('mss: clamp is said only of connections that pass through this host', async () => {
  const clamped = 'the MSS is lowered to the MTU of the routes to both ends (mss: clamp)';
  expect(await words('--from', '198.51.100.7', '--to', '192.0.2.1:9200')).toContain(clamped);
  expect(await words('--to', '192.0.2.1:9200')).not.toContain(clamped);
  expect(await words('--from', '198.51.100.7', '--to', '192.0.2.1:8080')).not.toContain(clamped);
  const { out } = await explain('--from', '198.51.100.7', '--to', '192.0.2.1:9200', '--json');
  expect(JSON.parse(out)).toMatchObject({ mss: 'clamp' });
});

test.each([
  ['198.51.100.7', '192.0.2.1:6001', 'no forward listens on port 6001'],
  [
    '198.51.100.7',
    '203.0.113.9:6000',
    '203.0.113.9 is not an address of this host; portfwd only handles connections to this host',
  ],
  ['198.51.100.7', '192.0.2.1:53', 'the forward dns forwards udp only (portfwd.yaml:5)'],
  [
    '198.51.100.7',
    '10.0.0.1:53',
    'the forward dns forwards udp only, and listens on 192.0.2.1:53 only (portfwd.yaml:5)',
  ],
  ['198.51.100.7', '192.0.2.1:7000', 'the forward old is disabled (enabled: false) (portfwd.yaml:7)'],
  [
    '127.0.0.1',
    '127.0.0.1:8080',
    'the forward web does not apply to connections to 127.0.0.1, since its target is another host; loopback: true changes that (portfwd.yaml:4)',
  ],
  [
    '127.0.0.1',
    '192.0.2.1:8080',
    'the forward web does not apply to connections from 127.0.0.1, since its target is another host; loopback: true changes that (portfwd.yaml:4)',
  ],
  ['::1', '[::1]:6000', 'connections to ::1 cannot be forwarded, since the kernel does not route packets from ::1'],
])('from %s to %s: %s', async (from, to, why) => {
  expect(await words('--from', from, '--to', to)).toEqual([`no forward applies: ${why}`]);
  expect((await explain('--from', from, '--to', to)).exit).toBe(1);
});

const udp = async (...args: string[]) => words('--protocol', 'udp', '--to', '192.0.2.1:27002', ...args);

test('the interface is told, guessed, or asked for', async () => {
  expect((await udp('--from', '192.0.2.9'))[1]).toBe('it goes to 10.0.0.2:28002, out through lan0');
  expect(await udp('--from', '10.0.0.9')).toEqual([
    'no forward applies: the forward games applies only to connections that come in through wan0, not through lan0 (portfwd.yaml:6)',
  ]);
  expect(await udp()).toEqual([
    'no forward applies: the forward games applies only to connections that come in through wan0, not to those of this host itself (portfwd.yaml:6)',
  ]);
  expect((await explain('--from', '198.51.100.7', '--to', '192.0.2.1:6000')).out).toContain(
    '(name it with --interface)',
  );
});

test('what the guard drops is said to be dropped', async () => {
  expect(await explain('--from', '198.51.100.7', '--interface', 'wan0', '--to', '127.0.0.1:9001')).toMatchObject({
    exit: 1,
    out: expect.stringContaining('dropped: no forward applies, and the guard chain pf_loopback_guard'),
  });
});

test('a client that a forward is not for is dropped: by which forward, which line, and for whom it is', async () => {
  expect(await explain('--from', '203.0.113.8', '--interface', 'wan0', '--to', '192.0.2.1:9101')).toEqual({
    exit: 1,
    err: '',
    out: `tcp from 203.0.113.8 to 192.0.2.1:9101, in through wan0

prerouting: chain pf_loopback_guard
prerouting: chain pf_source_guard
  iifname != "lo" ct state new fib daddr type local jump pf_sources
prerouting: chain pf_sources
  meta nfproto ipv4 meta l4proto tcp meta l4proto . th dport @pf_restricted4 drop
    @pf_restricted4 has tcp . 9100-9101 (line 14)

dropped: the forward office allows only 198.51.100.0/24 and 203.0.113.7, not 203.0.113.8 (from, portfwd.yaml:14)
`,
  });
  const { out } = await explain('--json', '--from', '203.0.113.8', '--to', '192.0.2.1:9101');
  expect(JSON.parse(out)).toMatchObject({
    outcome: 'dropped',
    forward: { name: 'office', line: 11 },
    reason: 'source',
    message: expect.stringContaining('not 203.0.113.8'),
  });
});

test('a client that it is for, and the host itself, are led', async () => {
  expect((await words('--from', '198.51.100.7', '--to', '192.0.2.1:9101'))[0]).toMatch(/^the forward office applies/);
  expect((await words('--to', '192.0.2.1:9101'))[0]).toMatch(/^the forward office applies/);
});

test.each([
  [['--to', '192.0.2.1']],
  [['--to', '192.0.2.1:80-81']],
  [['--to', '192.0.2.01:80']],
  [['--to', '192.0.2.1:080']],
  [['--from', 'client', '--to', '192.0.2.1:80']],
  [['--from', '2001:db8::1', '--to', '192.0.2.1:80']],
  [['--interface', 'wan0', '--to', '192.0.2.1:80']],
  [['--interface', 'nope', '--from', '192.0.2.9', '--to', '192.0.2.1:80']],
  [['--interface', 'all', '--from', '192.0.2.9', '--to', '192.0.2.1:80']],
  [['--interface', '../conf/wan0', '--from', '192.0.2.9', '--to', '192.0.2.1:80']],
  [['--interface', 'lo', '--from', '192.0.2.9', '--to', '192.0.2.1:80']],
  [['--from', '224.0.0.1', '--to', '192.0.2.1:80']],
  [['--from', '0.0.0.0', '--to', '192.0.2.1:80']],
  [['--from', '255.255.255.255', '--to', '192.0.2.1:80']],
  [['--from', '10.0.0.255', '--to', '192.0.2.1:80']],
  [['--from', 'ff02::1', '--to', '[2001:db8::1]:80']],
  [['--protocol', 'icmp', '--to', '192.0.2.1:80']],
  [[]],
])('%j is a mistake in the command line', async (args) => {
  const { exit, out, err } = await explain(...args);
  expect({ exit, out, error: err.startsWith('error: ') }).toEqual({ exit: 2, out: '', error: true });
});

test('--json says the same as data', async () => {
  const { out } = await explain('--json', '--from', '10.0.0.9', '--to', '192.0.2.1:8080');
  expect(JSON.parse(out)).toMatchObject({
    outcome: 'applies',
    forward: { name: 'web', line: 4, target: '10.0.0.2:80' },
    listen: '8080',
    destination: { address: '10.0.0.2', port: 80, onThisHost: false, interface: 'lan0' },
    source: { rewritten: true },
  });
  expect(JSON.parse((await explain('--json', '--to', '192.0.2.1:1')).out)).toMatchObject({
    outcome: 'none',
    forward: null,
    reason: 'no-forward',
  });
});
