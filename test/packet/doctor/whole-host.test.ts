import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PATIENCE } from '../lab/agent.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { answered, doctor, onHost, runAll, type Request, type Scripts, type Shown } from './doctor-lab.ts';
import { chain, FORWARD_DROP } from './set-up.ts';

/** A fault that concerns the whole host, with another one behind it. */
interface Broken {
  readonly name: string;
  readonly isApplied?: false;
  readonly before?: string;
  readonly breaks?: string;
  /** The codes that doctor names first, one after the other: each is fixed before doctor runs again. */
  readonly faults: readonly string[];
  readonly request?: Request;
}

const SECOND: Request = { to: '198.51.100.1', from: '192.0.2.200' };

const BROKEN: readonly Broken[] = [
  {
    name: 'never applied, and this host does not route',
    isApplied: false,
    before: 'sysctl -qw net.ipv4.ip_forward=0',
    faults: ['not-loaded'],
  },
  {
    name: 'the table was flushed away, and a firewall drops what is forwarded',
    breaks: `nft flush ruleset; ${FORWARD_DROP}`,
    faults: ['not-loaded', 'dropped'],
  },
  {
    name: 'another program has a table of that name',
    isApplied: false,
    before: `nft 'table inet portfwd { chain input { type filter hook input priority 0; }; }'`,
    faults: ['foreign-table'],
  },
  {
    name: 'a chain of the table was flushed by hand, and an early chain drops the port',
    breaks: `nft flush chain inet portfwd prerouting; ${chain('early', 'prerouting', -300, 'tcp dport 6000 drop;')}`,
    faults: ['drifted', 'dropped-before'],
  },
  {
    name: 'routing was turned off, and there is no route to the target',
    breaks: 'sysctl -qw net.ipv4.ip_forward=0; ip route add blackhole 10.0.0.2',
    faults: ['routing-off', 'no-route'],
  },
  {
    name: 'the interface of the clients does not route, and a firewall drops what is forwarded',
    breaks: `sysctl -qw net.ipv4.conf.out0.forwarding=0; iptables -P FORWARD DROP`,
    faults: ['routing-off', 'dropped'],
  },
  {
    name: 'the only interface to clients is down, and the interface to the target too',
    before: 'ip link set svc0 down',
    breaks: 'ip link set out0 down; ip link set in0 down',
    faults: ['address-down', 'target-link-down'],
  },
  {
    name: 'strict rp_filter on the second uplink, and a firewall drops what is forwarded',
    before:
      'for at in out0 in0 svc0 out1; do ip link set $at up; done; ip address add 198.51.100.1/24 dev out1; ip route replace default via 203.0.113.7',
    breaks: 'sysctl -qw net.ipv4.conf.out1.rp_filter=1; iptables -P FORWARD DROP',
    faults: ['rp-filter', 'dropped'],
    request: SECOND,
  },
];

/** How the host and its links are before each set-up. */
const RESET = `
  iptables -P FORWARD ACCEPT
  nft flush ruleset
  sysctl -qw net.ipv4.ip_forward=0
  sysctl -qw net.ipv4.ip_forward=1
  ip address flush dev out1; ip link set out1 down
  conntrack -F
  rm -rf "$PORTFWD_STATE_DIR"
`;

let lab: Lab;
let right = 0;
beforeAll(async () => {
  lab = await startLab();
  await execa('sh', ['-ec', 'ip link add out1 netns host type veth peer name eth1 netns client']);
  await runAll(lab, {
    client: 'ip address add 198.51.100.7/24 dev eth1; ip link set eth1 up; ip address add 192.0.2.200/32 dev lo',
  });
  await lab.agents.backend.serve({ protocol: 'tcp', address: '0.0.0.0', port: 5000 });
});
afterAll(async () => {
  console.log(`named right first, and fixed as printed: ${right} of ${BROKEN.length}`);
  await lab.stop();
});
afterEach(async () => {
  await onHost(lab, RESET);
});

test.each(BROKEN)('$name', async ({ isApplied = true, before, breaks, faults, request = {} }) => {
  const listen = request.to === undefined ? '6000' : `"${request.to}:6000"`;
  lab.writeModel(`version: 1\nforwards:\n- {name: web, listen: ${listen}, target: "10.0.0.2:5000"}\n`);
  const scripts: Scripts[] = [
    { host: before ?? 'true' },
    { host: isApplied ? 'portfwd apply' : 'true' },
    { host: breaks ?? 'true' },
  ];
  for (const script of scripts) await runAll(lab, script);
  expect(await answered(lab, request, PATIENCE.silence)).toBeUndefined();
  const named: string[] = [];
  for (let count = 0; count < faults.length; count += 1) {
    const { ok, forwards } = await doctor(lab, 'web');
    expect(ok, JSON.stringify(forwards)).toBe(false);
    const [cause] = forwards[0]?.causes ?? [];
    named.push(`${cause?.code}`);
    await onHost(lab, cause?.commands[0] ?? `echo '${JSON.stringify(cause)}' >&2; false`);
  }
  expect(named).toEqual(faults);
  expect(await answered(lab, request)).toBeDefined();
  const { forwards: after } = await doctor(lab);
  expect(after[0]?.causes.filter(({ level }) => level === 'fault')).toEqual([]);
  right += 1;
});

const MODEL = 'version: 1\nforwards:\n- {name: web, listen: 6000, target: "10.0.0.2:5000"}\n';

/** The sysctl belongs to the machine, so a file in its place says that the table is full. */
test('the table of connections is full, and a firewall drops what is forwarded', async () => {
  lab.writeModel(MODEL);
  // A full table drops the attempt of this host too, so that no answer says nothing of the target.
  await lab.sh('backend', "nft 'add table ip quiet; add chain ip quiet in { type filter hook input priority 0; }'");
  await lab.sh('backend', 'nft add rule ip quiet in tcp dport 5000 drop');
  const printed = await onHost(
    lab,
    `portfwd apply > /dev/null; iptables -P FORWARD DROP
    cat /proc/sys/net/netfilter/nf_conntrack_max > /run/count
    mount --bind /run/count /proc/sys/net/netfilter/nf_conntrack_count
    portfwd doctor --json web || true`,
  );
  const [verdict] = (JSON.parse(printed) as Shown).forwards;
  expect(verdict?.causes.map(({ code }) => code)).toEqual(['tracking-full', 'dropped']);
  expect(verdict?.causes[0]?.commands[0]).toMatch(/^sysctl -w net\.netfilter\.nf_conntrack_max=\d+$/);
  await lab.sh('backend', 'nft delete table ip quiet');
});

test('routing is on without its guard, beside a firewall that drops what is forwarded', async () => {
  lab.writeModel(MODEL.replace('forwards:', 'forwarding: enable\nforwards:'));
  await onHost(lab, 'sysctl -qw net.ipv4.ip_forward=0; portfwd apply; iptables -P FORWARD DROP');
  expect((await doctor(lab)).host.filter(({ level }) => level === 'fault')).toEqual([]);
  await onHost(lab, 'nft flush chain inet portfwd pf_forward_guard; nft delete chain inet portfwd pf_forward_guard');
  const { host, forwards } = await doctor(lab);
  expect([host[0]?.code, forwards[0]?.causes.map(({ code }) => code)]).toEqual(['unguarded', ['drifted', 'dropped']]);
  await onHost(lab, host[0]?.commands[0] ?? 'false');
  expect((await doctor(lab)).host.filter(({ level }) => level === 'fault')).toEqual([]);
});

const drops = ({ host }: Shown) => host.filter(({ code }) => code === 'guard-drops');

test('the guard of routing dropped packets from inside, beside a firewall that drops what is forwarded', async () => {
  lab.writeModel(MODEL.replace('forwards:', 'forwarding: enable\nforwards:'));
  await onHost(lab, 'sysctl -qw net.ipv4.ip_forward=0; portfwd apply');
  const packets = async (machine: 'client' | 'backend', to: string) =>
    lab.agents[machine].probe({ protocol: 'udp', to, port: 5000, timeout: PATIENCE.silence });
  await packets('client', '10.0.0.2');
  expect(drops(await doctor(lab))).toEqual([]);
  await packets('backend', '203.0.113.7');
  const alone = await doctor(lab);
  expect(alone).toMatchObject({ ok: true, forwards: [{ causes: [] }] });
  expect(drops(alone)).toMatchObject([
    { level: 'note', message: expect.stringMatching(/dropped [1-9]\d* packets? from/) },
  ]);

  await onHost(lab, 'iptables -P FORWARD DROP');
  const behind = await doctor(lab);
  expect([drops(behind).length, behind.forwards[0]?.causes[0]?.code]).toEqual([1, 'dropped']);
  await onHost(lab, 'iptables -P FORWARD ACCEPT');
  // The remedy: a program translates them.
  await onHost(
    lab,
    'nft "table ip guests { chain post { type nat hook postrouting priority 100; oifname out0 masquerade; }; }"',
  );
  await lab.agents.client.serve({ protocol: 'udp', address: '203.0.113.7', port: 5000 });
  expect(await packets('backend', '203.0.113.7')).not.toBeNull();
  expect(drops(await doctor(lab))).toEqual(drops(alone));
});

test('UDP flows that began before the forwards were loaded, and a firewall drops what is forwarded', async () => {
  const { backend, client } = lab.agents;
  await backend.serve({ protocol: 'udp', address: '10.0.0.2', port: 5000 });
  lab.writeModel('version: 1\nforwards:\n- {name: dns, protocol: udp, listen: 6000, target: "10.0.0.2:5000"}\n');
  await onHost(lab, 'portfwd apply; nft list table inet portfwd > /run/saved; nft delete table inet portfwd');
  const stream = await client.stream({ protocol: 'udp', to: '203.0.113.1', port: 6000, every: 50 });
  await onHost(lab, 'until conntrack -L -p udp 2> /dev/null | grep -q dport=6000; do sleep 0.05; done');
  await onHost(lab, 'nft -f /run/saved; iptables -P FORWARD DROP');
  const faults: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const [verdict] = (await doctor(lab)).forwards;
    faults.push(`${verdict?.causes[0]?.code}`);
    await onHost(lab, verdict?.causes[0]?.commands[0] ?? 'false');
  }
  expect(faults).toEqual(['dropped', 'flows-bypass']);
  expect(await stream.ask(PATIENCE.answer)).not.toBeNull();
  expect((await doctor(lab)).forwards[0]?.causes).toEqual([]);
  await stream.end();
});

const explained = async (): Promise<string | undefined> =>
  (await lab.portfwd(['explain', '--from', '203.0.113.7', '--to', '203.0.113.1:6000'])).stdout
    .trimEnd()
    .split('\n')
    .at(-1);

test('status says what check warns of, and explain whether the kernel holds the forward', async () => {
  expect((await lab.portfwd(['apply'], MODEL)).exitCode).toBe(0);
  expect((await lab.portfwd(['status'])).stdout).not.toContain('warning');
  expect(await explained()).toBe('the kernel holds the forward as the file says');
  for (const [drops, where] of [
    [FORWARD_DROP, 'inet fw forward drops packets of forward web'],
    ['iptables -P FORWARD DROP', 'ip filter FORWARD drops packets of forward web'],
  ] as const) {
    await onHost(lab, drops);
    const { exitCode, stdout } = await lab.portfwd(['status']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`\nwarning: ${where} .*; run portfwd doctor web\n`));
    await onHost(lab, 'nft delete table inet fw || true');
  }
  await onHost(lab, 'nft flush ruleset');
  expect(await explained()).toBe(
    'the kernel does not hold the forward, so it does not work now; portfwd apply loads it',
  );
});
