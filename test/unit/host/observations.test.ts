import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Observations } from '../../../src/diagnose/observations.ts';

const directory = mkdtempSync(join(tmpdir(), 'portfwd-observations-'));
const reader = join(directory, 'reader.mjs');

/** Listens here and there, then prints what the reader sees of ports below 10000. */
const READER = `
  process.title = 'listener'; // Node 24 would be called MainThread
  import { createServer } from 'node:net';
  import { createSocket } from 'node:dgram';
  import { readObservations } from './src/host/observe/observations.ts';
  const tcp = (host) => new Promise((done) => createServer().listen({ port: 4000, host }, done).on('error', done));
  const udp = (type, address) => new Promise((done) => createSocket(type).bind(5000, address, done));
  await Promise.all([tcp('127.0.0.1'), tcp('::1'), udp('udp4', '0.0.0.0'), udp('udp6', '::1')]);
  const connected = createSocket('udp4');
  await new Promise((done) => connected.connect(5000, '127.0.0.1', done));
  const ours = [{ family: 'inet', name: 'portfwd' }];
  const wants = (protocol, port) => port < 10000 || port === connected.address().port;
  console.log(JSON.stringify(await readObservations({ ours, wants: Promise.resolve(wants), env: process.env })));
  process.exit();
`;

beforeAll(async () => {
  const root = new URL('../../..', import.meta.url).pathname;
  await build({
    stdin: { contents: READER, resolveDir: root, loader: 'ts' },
    outfile: reader,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What is seen in a namespace of its own after these commands. */
async function observe(setup = '', env: Readonly<Record<string, string>> = {}, flags = '-Urn'): Promise<Observations> {
  const script = `ip link set lo up\n${setup}\n"$@"`;
  const { stdout } = await execa('unshare', [flags, 'sh', '-ec', script, 'sh', process.execPath, reader], { env });
  return JSON.parse(stdout) as Observations;
}

test('an empty namespace: known, and nothing there', async () => {
  expect(await observe()).toMatchObject({
    tables: [],
    localPorts: { range: { first: 32768, last: 60999 }, reserved: [] },
    bridges: { ports: [] },
  });
});

test('sockets that accept any client, with their process, and no connected ones', async () => {
  const { sockets } = await observe();
  const seen = sockets.map(({ protocol, address, port, process }) => `${protocol} ${address} ${port} ${process}`);
  expect([...seen].sort()).toEqual([
    'tcp 127.0.0.1 4000 listener',
    'tcp ::1 4000 listener',
    'udp 0.0.0.0 5000 listener',
    'udp ::1 5000 listener',
  ]);
});

test('the session of the environment, and where it was cleared, that of a process above', async () => {
  const SSH_CONNECTION = '2001:db8::7 50000 2001:db8::1 2222';
  const session = { address: '2001:db8::1', port: 2222, client: '2001:db8::7' };
  expect(await observe('', { SSH_CONNECTION })).toMatchObject({ session });
  expect(await observe('set -- sh -c \'env -u SSH_CONNECTION "$@"; true\' sh "$@"', { SSH_CONNECTION })).toMatchObject({
    session,
  });
});

test("tables of others with their rules, not ours; those of iptables in iptables' words", async () => {
  const { tables } = await observe(`
    nft 'table inet portfwd { chain output { type nat hook output priority -105; }; }'
    nft 'table inet fw { chain sub { accept; }; chain f { type filter hook forward priority 5; policy drop; jump sub; }; chain out { type filter hook output priority 0; }; }'
    nft 'table arp fw { chain i { type filter hook input priority 0; }; }'
    nft 'table ip quiet { chain mangle { type filter hook output priority 0; }; }'
    iptables -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080
    ip6tables-legacy -P FORWARD DROP
  `);
  expect(tables).toEqual([
    {
      kind: 'nft',
      family: 'inet',
      name: 'fw',
      chains: [{ name: 'f', type: 'filter', hook: 'forward', priority: 5, policy: 'drop' }],
      rules: [
        { chain: 'sub', expr: [{ accept: null }] },
        { chain: 'f', expr: [{ jump: { target: 'sub' } }] },
      ],
    },
    expect.objectContaining({
      kind: 'iptables',
      family: 'ip',
      name: 'nat',
      variant: 'nft',
      lines: expect.arrayContaining(['-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080']) as string[],
    }),
    {
      kind: 'iptables',
      family: 'ip6',
      name: 'filter',
      variant: 'legacy',
      command: 'ip6tables-legacy',
      lines: ['-P INPUT ACCEPT', '-P FORWARD DROP', '-P OUTPUT ACCEPT'],
    },
  ]);
});

test('sysctls, default routes and bridge ports of this namespace', async () => {
  const seen = await observe(`
    ip link add br0 type bridge
    ip link add p1 type veth peer name p2
    ip link set p1 master br0
    ip link set p2 master br0
    bridge link set dev p2 hairpin on
    ip address add 192.0.2.1/24 dev br0
    ip link set br0 up
    ip route add default via 192.0.2.9 metric 7
    sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.p1.rp_filter=2 net.ipv4.ip_local_port_range='40000 50000' net.ipv4.ip_local_reserved_ports=41000,42000-42005 net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=0
  `);
  expect(seen.localPorts).toEqual({
    range: { first: 40000, last: 50000 },
    reserved: [
      { first: 41000, last: 41000 },
      { first: 42000, last: 42005 },
    ],
  });
  expect(seen.reversePath).toEqual({ refusing: ['p2'], outgoing: ['br0'] });
  expect(seen.bridges).toEqual({
    families: ['ip'],
    portsByAddress: {},
    ports: expect.arrayContaining([
      { interface: 'p1', bridge: 'br0', hairpin: false },
      { interface: 'p2', bridge: 'br0', hairpin: true },
    ]) as object[],
  });
});

test('without rights the tables are unknown, and everything else is told', async () => {
  const drop = 'set -- setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"';
  const seen = await observe(`nft 'table inet fw { chain f { type filter hook forward priority 5; }; }'\n${drop}`);
  expect(seen.tables).toBeUndefined();
  expect(seen.sockets).toHaveLength(4);
  expect(seen.localPorts).toBeDefined();
});
