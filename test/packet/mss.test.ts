import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startLab, type Lab } from './lab/lab.ts';
import { serveTransfers, transfer, type Way } from './lab/transfer.ts';

/** The neighbour is the far end of a tunnel, with the target behind it. */
const BEHIND = `
  ip link add seven0 netns neighbour type veth peer name eth0 netns far
  ip -n neighbour link set seven0 up
  ip -n neighbour address add 10.7.0.1/24 dev seven0
  ip -n neighbour address add 2001:db8:7::1/64 dev seven0 nodad
  ip -n neighbour address add fe80::3/64 dev eth0 nodad
  ip netns exec neighbour sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  ip -n far link set lo up
  ip -n far link set eth0 up
  ip -n far address add 10.7.0.2/24 dev eth0
  ip -n far address add 2001:db8:7::2/64 dev eth0 nodad
  ip -n far route add default via 10.7.0.1
  ip -n far route add default via 2001:db8:7::1
  ip -n host route add 10.7.0.0/24 via 10.0.0.3
  ip -n host route add 2001:db8:7::/64 via fe80::3 dev in0
`;

/** Both ends drop what says that a packet is too big. */
const NO_ICMP = `
  table inet quiet { chain input { type filter hook input priority 0;
    icmp type destination-unreachable drop;
    icmpv6 type packet-too-big drop;
  }; }
`;

/** What a case changes, and what takes it back. */
interface Narrow {
  readonly name: string;
  readonly set: string;
  readonly reset: string;
  /** What `check` says. */
  readonly note: string | undefined;
}

const tunnel = (mtu: number): string =>
  ['neighbour link set eth0', 'host link set port2', 'host link set in0']
    .map((it) => `ip -n ${it} mtu ${mtu}`)
    .join('\n');

/** The client sends no aggregates, which a virtual link would let through without a look at its MTU. */
const uplink = (mtu: number, segments: number): string =>
  `ip -n host link set out0 mtu ${mtu}\nip -n client link set eth0 gso_max_segs ${segments}`;

const routes = (mtu: string): string => `
  ip -n host route replace 10.7.0.0/24 via 10.0.0.3 ${mtu}
  ip -n host route replace 2001:db8:7::/64 via fe80::3 dev in0 ${mtu}
`;

const NARROW: readonly Narrow[] = [
  {
    name: 'a tunnel of 1380 towards the target',
    set: tunnel(1380),
    reset: tunnel(1500),
    note: 'in0 takes packets of at most 1380 bytes',
  },
  {
    name: 'a route with mtu 1300 towards the target',
    set: `${routes('mtu 1300')}\nip -n neighbour link set eth0 mtu 1300`,
    reset: `${routes('')}\nip -n neighbour link set eth0 mtu 1500`,
    note: 'in0 takes packets of at most 1300 bytes',
  },
  { name: 'an uplink of 1492 towards the clients', set: uplink(1492, 1), reset: uplink(1500, 65535), note: undefined },
];

const TO = { ip: '203.0.113.1', ip6: '2001:db8:1::1' } as const;

const MODEL =
  'version: 1\nforwards:\n- {name: four, listen: 7000, target: "10.7.0.2:5000"}\n- {name: six, listen: "[::]:7000", target: "[2001:db8:7::2]:5000"}\n';

/** Milliseconds: the first is always waited for. */
const PATIENCE = { hangs: 1500, passes: 20_000 };

let lab: Lab;
let stops: (() => Promise<void>)[];
beforeAll(async () => {
  lab = await startLab();
  await execa('ip', ['netns', 'add', 'far']);
  await execa('sh', ['-ec', BEHIND]);
  for (const namespace of ['client', 'far']) await execa('ip', ['netns', 'exec', namespace, 'nft', NO_ICMP]);
  stops = await Promise.all(['10.7.0.2', '2001:db8:7::2'].map((address) => serveTransfers('far', address, 5000)));
});
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await lab.stop();
  await execa('ip', ['netns', 'delete', 'far']);
});

const run = async (args: readonly string[], text?: string): Promise<void> => {
  const { exitCode, stderr } = await lab.portfwd(args, text);
  expect(`${exitCode} ${exitCode === 0 ? '' : stderr}`).toBe('0 ');
};

/** The messages of `check` about the MTU. */
async function notes(): Promise<readonly string[]> {
  const { stdout } = await lab.portfwd(['check', '--json']);
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly { code: string; message: string }[] };
  return findings.filter(({ code }) => code === 'host/mtu').map(({ message }) => message);
}

const WAYS: readonly Way[] = ['download', 'upload'];

/** All at once, since each that hangs is waited for. */
const transfers = async (wait: number): Promise<readonly string[]> =>
  Promise.all(
    WAYS.flatMap((way) =>
      [TO.ip, TO.ip6].map(async (to) => `${way} ${to} ${await transfer('client', to, 7000, way, wait)}`),
    ),
  );

const all = (result: string): readonly string[] =>
  WAYS.flatMap((way) => [TO.ip, TO.ip6].map((to) => `${way} ${to} ${result}`));

describe.each(NARROW)('$name', ({ set, reset, note }) => {
  beforeAll(async () => void (await execa('sh', ['-ec', set])));
  afterAll(async () => void (await execa('sh', ['-ec', reset])));
  afterEach(async () => lab.sh('host', 'ip route flush cache; ip -6 route flush cache'));

  test('large transfers hang without mss: clamp, and pass with it', async () => {
    await run(['apply'], MODEL);
    expect(await transfers(PATIENCE.hangs)).toEqual(all('hangs'));
    expect(await notes()).toEqual(note === undefined ? [] : [expect.stringMatching(`^${note}.*forwards four and six`)]);
    for (const name of ['four', 'six']) await run(['set', name, 'mss=clamp']);
    expect(await transfers(PATIENCE.passes)).toEqual(all('passes'));
    expect(await notes()).toEqual([]);
    await run(['status']);
  });
});

const upload = async (port: number, wait: number): Promise<string> => transfer('client', TO.ip, port, 'upload', wait);

test('only the forwards that ask for it: by --mss, at the top level, on an interface, with an address, of a range', async () => {
  await execa('sh', ['-ec', tunnel(1380)]);
  await run(['apply'], 'version: 1\nmss: clamp\nforwards:\n- {listen: 7001, target: "10.7.0.2:5000", mss: keep}\n');
  await run(['add', '7000', '10.7.0.2:5000', '--interface', 'out0', '--mss', 'clamp']);
  await run(['add', '203.0.113.1:7002-7003', '10.7.0.2:5000-5001']);
  expect(await upload(7000, PATIENCE.passes)).toBe('passes');
  expect(await upload(7002, PATIENCE.passes)).toBe('passes');
  expect(await upload(7001, PATIENCE.hangs)).toBe('hangs');
  await execa('sh', ['-ec', tunnel(1500)]);
});
