import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE, type Protocol } from './lab/agent.ts';
import { applyFindings } from './lab/apply-findings.ts';
import { startLab, type Lab, type Machine } from './lab/lab.ts';

const OUT = '203.0.113.1';
const PAGE = '10.0.0.1';

const modelOf = (...forwards: readonly object[]): string => JSON.stringify({ version: 1, forwards });
const WEB = { listen: 'ppp0:6000', target: '10.0.0.2:5000', protocol: ['tcp', 'udp'] };

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const protocol of ['tcp', 'udp'] as const) {
    await lab.agents.backend.serve({ protocol, address: '10.0.0.2', port: 5000 });
    await lab.agents.backend.serve({ protocol, address: '2001:db8:2::2', port: 5000 });
    await lab.agents.host.serve({ protocol, address: PAGE, port: 8080, as: 'page' });
    await lab.agents.host.serve({ protocol, address: '127.0.0.1', port: 8081, as: 'private' });
  }
});
afterEach(async () => {
  await lab.portfwd(['down']);
  await lab.sh('host', 'ip link delete ppp0 2>/dev/null || true');
});
afterAll(async () => lab.stop());

const ask = async (from: Machine, to: string, port = 6000, protocol: Protocol = 'tcp') =>
  lab.agents[from].probe({ protocol, to, port, timeout: PATIENCE.answer });
const silence = async (from: Machine, to: string, port = 6000, protocol: Protocol = 'tcp') =>
  lab.agents[from].probe({ protocol, to, port, timeout: PATIENCE.silence });
const state = async () => (await lab.portfwd(['status'])).exitCode;
const codes = async (...forwards: readonly object[]): Promise<readonly string[]> =>
  (await applyFindings(lab, modelOf(...forwards))).map(({ code }) => code);

/** A second line between the client and the host, as a dial-up connection makes it. */
const dialUp = async (address: string): Promise<void> => {
  await lab.sh('host', 'ip link add ppp0 type veth peer name line0 netns client');
  await lab.sh('host', `ip address add ${address}/24 dev ppp0; ip link set ppp0 up`);
  await lab.sh('client', 'ip address replace 198.18.0.7/24 dev line0; ip link set line0 up');
};

describe('an interface that comes, goes and changes its address', () => {
  test('is served without another apply', async () => {
    expect(await codes(WEB)).toEqual(['host/interface-absent']);
    await dialUp('198.18.0.1');
    for (const protocol of ['tcp', 'udp'] as const) {
      expect(await ask('client', '198.18.0.1', 6000, protocol)).toMatchObject({ who: 'backend', sees: '198.18.0.7' });
      expect(await ask('neighbour', '198.18.0.1', 6000, protocol)).toMatchObject({ who: 'backend', sees: PAGE });
      expect(await ask('host', '198.18.0.1', 6000, protocol)).toMatchObject({ who: 'backend' });
    }
    expect(await silence('client', OUT)).toBeNull();
    await lab.sh('host', 'ip address delete 198.18.0.1/24 dev ppp0; ip address add 198.18.0.99/24 dev ppp0');
    expect(await ask('client', '198.18.0.99')).toMatchObject({ who: 'backend', sees: '198.18.0.7' });
    expect(await ask('neighbour', '198.18.0.99')).toMatchObject({ who: 'backend', sees: PAGE });
    await lab.sh('host', 'ip link delete ppp0');
    await dialUp('198.18.0.55');
    expect(await ask('client', '198.18.0.55')).toMatchObject({ who: 'backend', sees: '198.18.0.7' });
    expect(await ask('neighbour', '198.18.0.55')).toMatchObject({ who: 'backend', sees: PAGE });
    expect(await state()).toBe(0);
  });

  test('is served for IPv6', async () => {
    expect(await codes({ listen: 'ppp0:6000', target: '[2001:db8:2::2]:5000' })).toEqual(['host/interface-absent']);
    await dialUp('198.18.0.1');
    await lab.sh('host', 'ip address add 2001:db8:18::1/64 dev ppp0 nodad');
    await lab.sh('client', 'ip address replace 2001:db8:18::7/64 dev line0 nodad');
    expect(await ask('client', '2001:db8:18::1')).toMatchObject({ who: 'backend', sees: '2001:db8:18::7' });
    expect(await ask('neighbour', '2001:db8:18::1')).toMatchObject({ who: 'backend', sees: '2001:db8:2::1' });
  });
});

describe('a page of the host on an address of the LAN', () => {
  test('stays for the LAN, and the forward is not refused', async () => {
    expect(await codes({ listen: 'out0:8080', target: '10.0.0.2:5000', protocol: ['tcp', 'udp'] })).toEqual([
      'host/listener-partly-covered',
    ]);
    for (const protocol of ['tcp', 'udp'] as const) {
      expect(await ask('neighbour', PAGE, 8080, protocol)).toMatchObject({ who: 'page' });
      expect(await ask('neighbour', OUT, 8080, protocol)).toMatchObject({ who: 'backend' });
      expect(await ask('client', OUT, 8080, protocol)).toMatchObject({ who: 'backend' });
    }
    expect(await ask('host', PAGE, 8080)).toMatchObject({ who: 'backend' });
    const { stdout } = await lab.portfwd(['explain', '--to', `${PAGE}:8080`]);
    expect(stdout).toContain(
      '10.0.0.1 is an address of in0, not of out0, but portfwd cannot tell this for connections that come from this host itself\n',
    );
  });

  test('stays for the host too if interface names the ways in', async () => {
    expect(await codes({ listen: 'out0:8080', target: '10.0.0.2:5000', interface: ['out0', 'in0'] })).toEqual([]);
    expect(await ask('neighbour', PAGE, 8080)).toMatchObject({ who: 'page' });
    expect(await ask('host', PAGE, 8080)).toMatchObject({ who: 'page' });
    expect(await ask('neighbour', OUT, 8080)).toMatchObject({ who: 'backend' });
    expect(await ask('client', OUT, 8080)).toMatchObject({ who: 'backend' });
  });

  test('is not covered by a plain forward of the interface outside', async () => {
    expect(await codes({ listen: 8080, target: '10.0.0.2:5000', interface: 'out0' })).toEqual([]);
    expect(await ask('neighbour', PAGE, 8080)).toMatchObject({ who: 'page' });
    expect(await ask('client', OUT, 8080)).toMatchObject({ who: 'backend' });
  });

  test.each([
    ['a listen on its own interface', { listen: 'in0:8080' }],
    ['a forward of its own interface', { listen: 8080, interface: 'in0' }],
    ['a listen on every address', { listen: 8080 }],
  ])('is covered by %s', async (_, forward) => {
    const { exitCode, stderr } = await lab.portfwd(['apply'], modelOf({ ...forward, target: '10.0.0.2:5000' }));
    expect({ exitCode, codes: /\[(host\/listener.*)\]/.exec(stderr)?.[1] }).toEqual({
      exitCode: 1,
      codes: 'host/listener-covered',
    });
  });
});

test('a service on 127.0.0.1 is for clients at the addresses of the interface', async () => {
  const forward = { listen: 'out0:6000', target: '127.0.0.1:8081', loopback: true };
  expect(await lab.portfwd(['apply'], modelOf(forward))).toMatchObject({ exitCode: 0 });
  expect(await ask('client', OUT)).toMatchObject({ who: 'private', sees: '203.0.113.7' });
  expect(await ask('neighbour', OUT)).toMatchObject({ who: 'private', sees: '10.0.0.3' });
  expect(await silence('neighbour', PAGE)).toBeNull();
  expect(await silence('neighbour', '127.0.0.1', 8081)).toBeNull();
});

const flows = async (): Promise<string> =>
  lab.sh('host', "conntrack -L -p udp 2>/dev/null | grep 'dport=6000' | wc -l");
const send = async (to: string): Promise<void> => void (await ask('client', to, 6000, 'udp'));

describe('connections that are open', () => {
  test('stay if the forward does, also those to an address that is gone, and end with it', async () => {
    await dialUp('198.18.0.1');
    await lab.portfwd(['apply'], modelOf(WEB));
    await send('198.18.0.1');
    await lab.sh('host', 'ip address add 198.18.0.2/24 dev ppp0; ip address delete 198.18.0.1/24 dev ppp0');
    await lab.sh('host', 'ip address replace 198.18.0.2/24 dev ppp0');
    await send('198.18.0.2');
    expect(await flows()).toBe('2');
    await lab.portfwd(['apply'], modelOf(WEB, { listen: 9000, target: '10.0.0.2:5000' }));
    expect(await flows()).toBe('2');
    await lab.portfwd(['apply'], modelOf({ listen: 9000, target: '10.0.0.2:5000' }));
    expect(await flows()).toBe('0');
  });

  test('end if they are for an address of another interface, where the forward is now for one', async () => {
    await lab.portfwd(['apply'], modelOf({ ...WEB, listen: 6000 }));
    await send(OUT);
    await ask('neighbour', PAGE, 6000, 'udp');
    expect(await flows()).toBe('2');
    await lab.portfwd(['apply'], modelOf({ ...WEB, listen: 'out0:6000' }));
    expect(await flows()).toBe('1');
    expect(await ask('client', OUT, 6000, 'udp')).toMatchObject({ who: 'backend' });
  });
});
