import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { applyFindings, type Shown } from './lab/apply-findings.ts';
import { PATIENCE } from './lab/agent.ts';
import { startLab, type Lab } from './lab/lab.ts';
import { FIREWALLS } from './lab/firewalls.ts';

const OUTSIDE = { ip: '203.0.113.1', ip6: '2001:db8:1::1' } as const;
const REMOTE = 'version: 1\nforwards:\n- {name: web, listen: 6000, target: "10.0.0.2:5000"}\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const address of ['10.0.0.2', '2001:db8:2::2'])
    await lab.agents.backend.serve({ protocol: 'tcp', address, port: 5000 });

  await lab.agents.host.serve({ protocol: 'tcp', address: '192.168.0.2', port: 5000 });
  await lab.agents.host.serve({ protocol: 'tcp', address: '0.0.0.0', port: 22 });
  await lab.agents.host.serve({ protocol: 'tcp', address: '127.0.0.1', port: 7000 });
});
afterAll(async () => lab.stop());
afterEach(async () => {
  vi.unstubAllEnvs();
  await lab.sh('host', 'nft flush ruleset\niptables-legacy -P FORWARD ACCEPT\niptables-legacy -F');
});

const ask = async (from: 'client' | 'host' | 'backend', to: string, port = 6000, timeout: number = PATIENCE.answer) =>
  lab.agents[from].probe({ protocol: 'tcp', to, port, timeout });

const applied = async (model: string) => applyFindings(lab, model);

/** The command that a remedy tells to run. */
const commandOf = ({ remedy }: Shown): string => /run: ([^;]*)/.exec(remedy)?.[1] ?? 'false';

describe('a firewall that drops the packets of a forward is named, with the command that accepts them', () => {
  test.each(FIREWALLS)('$name', async ({ setup, target, family = 'ip', code, message, command, instead }) => {
    await lab.sh('host', setup);
    const listen = family === 'ip6' ? '"[::]:6000"' : '6000';
    const model = `version: 1\nforwards:\n- {name: web, listen: ${listen}, target: "${target}"}\n`;
    const findings = await applied(model);
    expect(await ask('client', OUTSIDE[family], 6000, PATIENCE.silence)).toBeNull();
    expect(findings).toMatchObject([{ code, severity: 'warning' }]);
    const [finding] = findings as readonly [Shown];
    expect(finding.message).toBe(message);
    expect(commandOf(finding)).toBe(command);
    await lab.sh('host', instead ?? command);
    expect(await ask('client', OUTSIDE[family])).toMatchObject({ port: 5000 });
    expect(await applied(model)).toEqual([]);
  });

  test('one that lets every translated packet through is not', async () => {
    await lab.sh(
      'host',
      'iptables -P FORWARD DROP\niptables -A FORWARD -m conntrack --ctstate DNAT,ESTABLISHED -j ACCEPT',
    );
    expect(await applied(REMOTE)).toEqual([]);
    expect(await ask('client', OUTSIDE.ip)).toMatchObject({ who: 'backend' });
  });

  test('one that accepts only some clients gets a warning', async () => {
    await lab.sh(
      'host',
      'iptables -P FORWARD DROP\niptables -A FORWARD -s 203.0.113.0/24 -j ACCEPT\niptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT',
    );
    expect(await applied(REMOTE)).toMatchObject([
      {
        code: 'host/forward-dropped',
        message:
          'ip filter FORWARD may drop packets of forward web (policy drop, unless a rule accepts them first, such as: -s 203.0.113.0/24 -j ACCEPT)',
      },
    ]);
    expect(await ask('client', OUTSIDE.ip)).toMatchObject({ who: 'backend' });
  });

  test('one that accepts this forward from an interface is not', async () => {
    await lab.sh(
      'host',
      'iptables -P FORWARD DROP\niptables -A FORWARD -i out0 -p tcp -d 10.0.0.2 --dport 5000 -j ACCEPT\niptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT',
    );
    expect(await applied(REMOTE)).toEqual([]);
    expect(await ask('client', OUTSIDE.ip)).toMatchObject({ who: 'backend' });
  });
});

describe('a listening socket', () => {
  const SSH = 'version: 1\nforwards:\n- {name: ssh, listen: 22, target: "10.0.0.2:5000"}\n';

  test('is not hidden: refused, and the ruleset stays as it was', async () => {
    await applied(REMOTE);
    const before = await lab.sh('host', 'nft list ruleset');
    const { exitCode, stdout, stderr } = await lab.portfwd(['apply'], SSH);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(
      /:3:23 forwards\[0\]\.listen: error: forward ssh would hide tcp 0\.0\.0\.0:22 \(node\): .*; .*--force --confirm 60 .*\[host\/listener-covered\]/,
    );
    expect(await lab.sh('host', 'nft list ruleset')).toBe(before);
    expect(await ask('client', OUTSIDE.ip, 22)).toMatchObject({ who: 'host' });
  });

  test('is only a warning in check', async () => {
    const { exitCode, stderr } = await lab.portfwd(['check'], SSH);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('warning: forward ssh would hide tcp 0.0.0.0:22 (node)');
  });

  test('can be hidden with --force and a confirmation, with a warning', async () => {
    expect(await lab.portfwd(['apply', '--force'], SSH)).toMatchObject({ exitCode: 1 });
    expect(await lab.portfwd(['apply', '--confirm', '60'], SSH)).toMatchObject({ exitCode: 1 });
    expect(await lab.sh('host', 'nft list ruleset')).toBe('');
    expect(await lab.force(SSH)).toContain('warning: forward ssh would hide tcp 0.0.0.0:22 (node)');
    expect(await ask('client', OUTSIDE.ip, 22)).toMatchObject({ who: 'backend' });
  });

  test('on 127.0.0.1 is hidden by a forward to this host, but not by one to another host', async () => {
    expect(await applied('version: 1\nforwards: ["7000:10.0.0.2:5000"]\n')).toEqual([]);
    expect(await ask('host', '127.0.0.1', 7000)).toMatchObject({ at: '127.0.0.1' });
    const local = 'version: 1\nforwards: ["7000:192.168.0.2:5000"]\n';
    const { exitCode, stderr } = await lab.portfwd(['apply'], local);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('tcp 127.0.0.1:7000 (node)');
    await lab.force(local);
    expect(await ask('host', '127.0.0.1', 7000)).toMatchObject({ at: '192.168.0.2', port: 5000 });
  });

  test('that is the target itself keeps its own', async () => {
    expect(await applied('version: 1\nforwards: ["5000:192.168.0.2:5000"]\n')).toEqual([]);
    expect(await ask('client', OUTSIDE.ip, 5000)).toMatchObject({ at: '192.168.0.2' });
    expect(await ask('client', '192.168.0.2', 5000)).toMatchObject({ at: '192.168.0.2' });
  });
});

test('the port of the SSH session is refused, even if another program listens for sshd', async () => {
  vi.stubEnv('SSH_CONNECTION', '203.0.113.7 50000 203.0.113.1 2222');
  const model = 'version: 1\nforwards:\n- {name: ssh, listen: 2222, target: "10.0.0.2:5000"}\n';
  const { exitCode, stderr } = await lab.portfwd(['apply'], model);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('forward ssh would take over tcp 203.0.113.1:2222, the port of your SSH session');
  expect(await lab.sh('host', 'nft list ruleset')).toBe('');
  await lab.force(model);
});

test('ephemeral ports: the printed command reserves them', async () => {
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_local_reserved_ports=50000');
  const model = 'version: 1\nforwards: ["40000-40002:10.0.0.2"]\n';
  const [finding] = (await applied(model)) as readonly [Shown];
  expect(finding).toMatchObject({ code: 'host/ephemeral-overlap' });
  expect(commandOf(finding)).toBe('sysctl -w net.ipv4.ip_local_reserved_ports=40000-40002,50000');
  await lab.sh('host', commandOf(finding));
  expect(await applied(model)).toEqual([]);
  await lab.sh('host', 'sysctl -qw net.ipv4.ip_local_reserved_ports=""');
});

test('strict rp_filter on a second line: the printed command lets its clients in', async () => {
  await lab.sh('client', 'ip address add 198.51.100.7/32 dev eth0');
  await lab.sh('host', 'ip route add default via 10.0.0.3\nsysctl -qw net.ipv4.conf.out0.rp_filter=1');
  const arrived = async (): Promise<boolean> => {
    await lab.sh(
      'host',
      "nft 'table ip seen { chain post { type filter hook postrouting priority 0; ip saddr 198.51.100.7 tcp dport 5000 counter; }; }'",
    );
    await lab.agents.client.probe({
      protocol: 'tcp',
      to: OUTSIDE.ip,
      port: 6000,
      from: '198.51.100.7',
      timeout: PATIENCE.silence,
    });
    return !(await lab.sh('host', 'nft list table ip seen; nft delete table ip seen')).includes('packets 0 ');
  };
  const model = `${REMOTE}  interface: out0\n`.replace('}\n  interface: out0', ', interface: out0}');
  const [finding] = (await applied(model)) as readonly [Shown];
  expect(finding).toMatchObject({ code: 'host/rp-filter', message: /strict on out0.*goes out through in0/ });
  expect(await arrived()).toBe(false);
  await lab.sh('host', commandOf(finding));
  expect(await applied(model)).toEqual([]);
  expect(await arrived()).toBe(true);
  await lab.sh('host', 'ip route delete default');
});

test('br_netfilter without hairpin mode: after the printed command the target reaches itself', async () => {
  await lab.sh('host', 'sysctl -qw net.bridge.bridge-nf-call-iptables=1');
  expect(await ask('host', '10.0.0.2', 5000)).toMatchObject({ who: 'backend' });
  const [finding] = (await applied(REMOTE)) as readonly [Shown];
  expect(finding).toMatchObject({
    code: 'host/bridge-hairpin',
    message: /port1 of bridge in0 is not in hairpin mode/,
  });
  expect(await ask('client', OUTSIDE.ip)).toMatchObject({ who: 'backend' });
  expect(await ask('backend', OUTSIDE.ip, 6000, PATIENCE.silence)).toBeNull();
  await lab.sh('host', commandOf(finding));
  expect(await ask('backend', OUTSIDE.ip)).toMatchObject({ who: 'backend' });
  expect(await applied(REMOTE)).toEqual([]);
  await lab.sh('host', 'sysctl -qw net.bridge.bridge-nf-call-iptables=0');
});
