import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyFindings } from './lab/apply-findings.ts';
import { PATIENCE, type Answer } from './lab/agent.ts';
import { startLab, type Lab, type Machine } from './lab/lab.ts';

/** As keepalived with use_vmac: an address that only the macvlan answers for. */
const VRRP = `
  ip link add link out0 name vrrp.51 address 00:00:5e:00:01:33 type macvlan mode bridge
  ip address add 203.0.113.51/32 dev vrrp.51
  ip link set vrrp.51 up
  sysctl -qw net.ipv4.conf.out0.arp_ignore=1 net.ipv4.conf.out0.arp_announce=2 net.ipv4.conf.vrrp/51.rp_filter=0
`;

const model = (interfaces: string, listen = '6000'): string =>
  `version: 1\nforwards:\n- {name: web, listen: "${listen}", target: "192.168.0.2:5000", interface: ${interfaces}}\n`;

describe.each([
  ['without br_netfilter', false],
  ['with br_netfilter', true],
])('%s', (_, bridgeNetfilter) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ bridgeNetfilter });
    await lab.agents.host.serve({ protocol: 'tcp', address: '192.168.0.2', port: 5000 });
    await lab.sh('host', VRRP);
  });
  afterAll(async () => lab.stop());

  const answer = async (from: Machine, to: string, timeout: number = PATIENCE.answer): Promise<Answer | null> =>
    lab.agents[from].probe({ protocol: 'tcp', to, port: 6000, timeout });

  const explained = async (name: string | undefined, from: string, to: string): Promise<string> => {
    const given = name === undefined ? [] : ['--interface', name];
    const { stdout, stderr } = await lab.portfwd(['explain', ...given, '--from', from, '--to', to]);
    return `${stdout}${stderr}`;
  };

  test('a bridge port: the packet arrives on the bridge', async () => {
    const findings = await applyFindings(lab, model('port2'));
    expect(findings).toMatchObject([
      {
        code: 'host/interface-port',
        severity: 'warning',
        message:
          'port2 is a port of the bridge in0, and packets arrive on in0: forward web can receive nothing through port2',
        remedy: 'write in0 instead of port2',
      },
    ]);
    expect(await answer('neighbour', '10.0.0.1', PATIENCE.silence)).toBeNull();
    expect(await explained('port2', '10.0.0.3', '10.0.0.1:6000')).toContain(
      'no forward applies: the forward web applies only to connections that come in through port2, not through in0',
    );
    expect(await applyFindings(lab, model('in0'))).toEqual([]);
    expect(await answer('neighbour', '10.0.0.1')).toMatchObject({ who: 'host', sees: '10.0.0.3' });
    const words = await explained('port2', '10.0.0.3', '10.0.0.1:6000');
    expect(words).toContain('port2 is a port of the bridge in0, and packets arrive on in0\n');
    expect(words).toContain('the forward web applies');
  });

  test('the parent of a VRRP macvlan: packets for its address arrive on the macvlan', async () => {
    for (const listen of ['6000', '203.0.113.51:6000']) {
      expect(await applyFindings(lab, model('out0', listen))).toMatchObject([
        {
          code: 'host/interface-port',
          severity: 'warning',
          message:
            'vrrp.51 is a macvlan of out0 for VRRP, and packets for its addresses arrive on vrrp.51: forward web cannot receive these',
          remedy: 'add vrrp.51 to interface',
        },
      ]);
      expect(await answer('client', '203.0.113.51', PATIENCE.silence)).toBeNull();
    }
    expect(await applyFindings(lab, model('[out0, vrrp.51]'))).toEqual([]);
    expect(await answer('client', '203.0.113.51')).toMatchObject({ who: 'host', sees: '203.0.113.7' });
    for (const name of ['out0', undefined])
      expect(await explained(name, '203.0.113.7', '203.0.113.51:6000')).toContain(
        '203.0.113.51 is an address of vrrp.51, a macvlan of out0: the packet arrives on vrrp.51\n',
      );
  });

  test('an interface that is down, and one without a carrier', async () => {
    await lab.sh('host', 'ip link add idle0 type veth peer name idle1');
    const [finding] = await applyFindings(lab, model('idle0'));
    expect(finding).toMatchObject({
      code: 'host/interface-down',
      message: 'idle0 is down: forward web can receive nothing through it now',
    });
    await lab.sh('host', /run: ([^,]*)/.exec(finding?.remedy ?? '')?.[1] ?? 'false');
    expect(await applyFindings(lab, model('idle0'))).toMatchObject([
      { code: 'host/interface-down', message: 'idle0 has no carrier: forward web can receive nothing through it now' },
    ]);
    await lab.sh('host', 'ip link set idle1 up');
    expect(await applyFindings(lab, model('idle0'))).toEqual([]);
    await lab.sh('host', 'ip link delete idle0');
  });
});
