import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyFindings, type Shown } from './lab/apply-findings.ts';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';

/** The client is the router of the provider, and counts what arrives there for the private target. */
const PROVIDER = `
  ip address add fe80::7/64 dev eth0 nodad
  nft 'add table inet seen; add chain inet seen arriving { type filter hook prerouting priority -300; }'
  nft 'add rule inet seen arriving ip daddr 10.8.0.2 counter; add rule inet seen arriving ip6 daddr fd00:8::2 counter'
`;
const DEFAULT_ROUTES = `
  ip route add default via 203.0.113.7
  ip -6 route add default via fe80::7 dev out0
`;

/** A tunnel from the host to the neighbour, which has the target. */
const TUNNEL = `
  ip link add wg0 type veth peer name wg0 netns neighbour
  ip address add 10.8.0.1/24 dev wg0
  ip address add fd00:8::1/64 dev wg0 nodad
  ip link set wg0 up
`;
const FAR_END = `
  ip address add 10.8.0.2/24 dev wg0
  ip address add fd00:8::2/64 dev wg0 nodad
  ip link set wg0 up
`;

const FAMILIES = {
  IPv4: {
    to: '203.0.113.1',
    listen: '203.0.113.1:443',
    target: '10.8.0.2',
    model: 'version: 1\nforwards:\n- "443:10.8.0.2:443"\n',
  },
  IPv6: {
    to: '2001:db8:1::1',
    listen: '[2001:db8:1::1]:443',
    target: 'fd00:8::2',
    model: 'version: 1\nforwards:\n- "[::]:443:[fd00:8::2]:443"\n',
  },
} as const;
const CLIENT = { IPv4: '203.0.113.7', IPv6: '2001:db8:1::7' } as const;
type Family = keyof typeof FAMILIES;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.sh('client', PROVIDER);
  await lab.agents.neighbour.serve({ protocol: 'tcp', address: '::', port: 443 });
});
afterAll(async () => lab.stop());

const tunnelUp = async (): Promise<void> => {
  await lab.sh('host', TUNNEL);
  await lab.sh('neighbour', FAR_END);
};

const findings = async (family: Family): Promise<readonly Shown[]> => applyFindings(lab, FAMILIES[family].model);

const ask = async (family: Family, timeout: number = PATIENCE.answer) =>
  lab.agents.client.probe({ protocol: 'tcp', to: FAMILIES[family].to, port: 443, timeout });

/** How many packets for the target arrived at the provider. */
async function leaked(family: Family): Promise<number> {
  const rules = await lab.sh('client', 'nft list table inet seen');
  return Number(new RegExp(`${FAMILIES[family].target} counter packets (\\d+)`).exec(rules)?.[1]);
}

/** Runs the command of a remedy that refuses the packets. */
async function runRefusal({ remedy }: Shown): Promise<void> {
  await lab.sh('host', /meanwhile, run: ([^;(]*)|away, run: ([^;(]*)/.exec(remedy)?.slice(1).join('') ?? 'false');
}

async function nothingLeaks(family: Family): Promise<void> {
  const before = await leaked(family);
  expect(await ask(family, PATIENCE.silence)).toBeNull();
  expect(await leaked(family)).toBe(before);
}

async function leaks(family: Family): Promise<void> {
  const before = await leaked(family);
  expect(await ask(family, PATIENCE.silence)).toBeNull();
  expect(await leaked(family)).toBeGreaterThan(before);
}

describe.each(['IPv4', 'IPv6'] as const)('%s', (family) => {
  beforeEach(async () => lab.sh('host', DEFAULT_ROUTES));
  afterEach(async () =>
    lab.sh(
      'host',
      `ip link delete wg0 2>&1 || true
       for ip in 'ip -4' 'ip -6'; do
         while $ip rule delete priority 32764 2>&1; do :; done
         while $ip rule delete priority 32765 2>&1; do :; done
         $ip route flush type unreachable 2>&1 || true
         $ip route delete default 2>&1 || true
       done`,
    ),
  );

  test('a tunnel that is not there: packets go to the provider; the command stops that, and the tunnel may come', async () => {
    const [finding, ...others] = await findings(family);
    expect({ ...finding, others }).toMatchObject({ code: 'host/target-away', severity: 'warning', others: [] });
    expect(finding?.message).toBe(
      `the private address ${FAMILIES[family].target}, the target of forward ${family === 'IPv4' ? 'tcp-443' : 'tcp6-443'}, matches only the default route of out0: packets for it leave to the provider, and the interface to the target, such as that of a tunnel, may be down`,
    );
    const { stdout } = await lab.portfwd(['explain', '--from', CLIENT[family], '--to', FAMILIES[family].listen]);
    expect(stdout).toContain(
      'only the default route of out0 matches this private address: the interface to the target, such as that of a tunnel, may be down\n',
    );
    await leaks(family);
    await runRefusal(finding as Shown);
    await nothingLeaks(family);
    expect(await findings(family)).toMatchObject([{ code: 'host/target-away' }]);
    await tunnelUp();
    expect((await findings(family)).filter(({ code }) => code === 'host/target-away')).toEqual([]);
    expect(await ask(family)).toMatchObject({ who: 'neighbour' });
  });

  test('a tunnel that has no carrier', async () => {
    await tunnelUp();
    await lab.sh('neighbour', 'ip link set wg0 down');
    const found = await findings(family);
    expect(found.filter(({ code }) => code === 'host/target-away')).toMatchObject([
      {
        message: expect.stringMatching(/^wg0 has no carrier, and packets for the target/) as string,
      },
    ]);
    await nothingLeaks(family);
  });

  test('without a default route', async () => {
    await lab.sh('host', 'ip route delete default; ip -6 route delete default');
    expect(await findings(family)).toMatchObject([
      {
        code: 'host/target-away',
        message: expect.stringMatching(
          /^this host has no route to .*: packets for it do not leave this host now$/,
        ) as string,
      },
    ]);
    await lab.sh('host', DEFAULT_ROUTES);
  });
});

test('an interface that is switched off: its address tells the subnet, and the printed route is safe', async () => {
  await lab.sh('host', DEFAULT_ROUTES);
  await tunnelUp();
  await lab.sh('host', 'ip link set wg0 down');
  const [finding, ...others] = await findings('IPv4');
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    code: 'host/target-away',
    message:
      'wg0 is down, and the target of forward tcp-443 is in its subnet 10.8.0.0/24: packets for it leave through the default route of out0 instead',
  });
  expect(finding?.remedy).toContain('run: ip route add unreachable 10.8.0.0/24 metric 4294967295');
  await leaks('IPv4');
  await runRefusal(finding as Shown);
  await nothingLeaks('IPv4');
  expect((await findings('IPv4')).map(({ message }) => message)).toEqual([
    'wg0 is down, and the target of forward tcp-443 is in its subnet 10.8.0.0/24: packets for it do not leave this host now',
  ]);
  await lab.sh('host', 'ip link set wg0 up');
  await lab.sh('neighbour', 'ip link set wg0 up');
  expect(await ask('IPv4')).toMatchObject({ who: 'neighbour' });
  await lab.sh(
    'host',
    'ip link delete wg0; ip route flush type unreachable; ip route delete default; ip -6 route delete default',
  );
});

test('a bridge in the subnet of the target that is down', async () => {
  await lab.sh('host', `${DEFAULT_ROUTES}\nip link set in0 down`);
  expect(await applyFindings(lab, 'version: 1\nforwards:\n- "443:10.0.0.2:443"\n')).toMatchObject([
    {
      code: 'host/target-away',
      message: expect.stringMatching(/^in0 is down, .* in its subnet 10\.0\.0\.0\/24/) as string,
    },
  ]);
  await lab.sh('host', 'ip link set in0 up');
});
