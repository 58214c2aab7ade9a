import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipe } from '../../support/recipes.ts';
import { ROUTES, startNetwork, type Network } from '../lab/network.ts';

/** client 203.0.113.1 ── ppp0 203.0.113.77 host lan0 192.168.1.1 ── web 192.168.1.10, and guest ── virbr0 */
const MACHINES = ['client', 'host', 'web', 'guest'] as const;
let net: Network<(typeof MACHINES)[number]>;

beforeAll(async () => {
  net = await startNetwork<(typeof MACHINES)[number]>(
    MACHINES,
    [
      ['client', 'eth0', '203.0.113.1/24 2001:db8:1::2/64', 'host', 'ppp0', '203.0.113.77/24 2001:db8:1::1/64'],
      ['host', 'lan0', '192.168.1.1/24 10.8.0.1/24 fd00:1::1/64', 'web', 'eth0', '192.168.1.10/24 10.8.0.2/24'],
      ['host', 'virbr0', '192.168.122.1/24', 'guest', 'eth0', '192.168.122.2/24'],
    ],
    {
      host: ROUTES,
      web: 'ip address add fd00:1::10/64 dev eth0 nodad; ip route add default via 192.168.1.1; ip route add default via fd00:1::1',
      guest: 'ip route add default via 192.168.122.1',
    },
  );
  const { web, guest, host } = net.agents;
  for (const address of ['192.168.1.10', 'fd00:1::10']) await web.serve({ protocol: 'tcp', address, port: 443 });
  for (const port of [80, 21, 40_000]) await web.serve({ protocol: 'tcp', address: '10.8.0.2', port });
  await guest.serve({ protocol: 'tcp', address: '192.168.122.2', port: 80 });
  await host.serve({ protocol: 'tcp', address: '203.0.113.77', port: 22, as: 'ssh' });
});
afterAll(async () => net.stop());

const who = async (from: 'client' | 'web' | 'host', to: string, port: number): Promise<string | undefined> =>
  (await net.agents[from].probe({ protocol: 'tcp', to, port, timeout: 20_000 }))?.who;

test('everything but ssh and WireGuard', async () => {
  const [model = ''] = recipe('Everything but ssh and WireGuard to one machine', 'yaml');
  await net.applyText(model);
  expect(await who('client', '203.0.113.77', 80)).toBe('web');
  expect(await who('client', '203.0.113.77', 40_000)).toBe('web');
  expect(await who('client', '203.0.113.77', 22)).toBe('ssh');
});

test('a home router with a changing address', async () => {
  await net.agents.host.serve({ protocol: 'tcp', address: '192.168.1.1', port: 443, as: 'page' });
  const [model = ''] = recipe('A home router with a changing address', 'yaml');
  await net.applyText(model);
  for (const address of ['203.0.113.77', '203.0.113.99']) {
    await net.sh('host', `ip address flush dev ppp0; ip address add ${address}/24 dev ppp0`);
    expect(await who('client', address, 443)).toBe('web');
    expect(await who('web', address, 443)).toBe('web');
    expect(await who('web', '192.168.1.1', 443)).toBe('page');
  }
  await net.sh(
    'host',
    'ip address flush dev ppp0; ip address add 203.0.113.77/24 dev ppp0; ip address add 2001:db8:1::1/64 dev ppp0 nodad',
  );
});

test('virtual machines of libvirt: the hook lets the forwards through', async () => {
  await net.sh(
    'host',
    `nft 'table ip libvirt_network { chain guest_input { oifname "virbr0" ct state { established, related } accept; oifname "virbr0" reject; }; chain forward { type filter hook forward priority 0; jump guest_input; }; }'`,
  );
  const [finding] = await net.apply([{ listen: 8080, target: '192.168.122.2:80' }]);
  expect(finding?.remedy).toContain('run it from the hook /etc/libvirt/hooks/network, as docs/recipes.md shows');
  expect(await net.isSilent('client', '203.0.113.77', 8080)).toBe(true);
  const [hook = ''] = recipe('Virtual machines of libvirt', 'sh');
  const run = (...words: readonly string[]): string =>
    `cat > /tmp/hook <<'END'\n${hook}END\nsh /tmp/hook ${words.join(' ')}`;
  await net.sh('host', run('default', 'stopped', 'end', '-'));
  expect(await net.isSilent('client', '203.0.113.77', 8080)).toBe(true);
  for (const _ of [1, 2]) await net.sh('host', run('default', 'started', 'begin', '-'));
  expect(await who('client', '203.0.113.77', 8080)).toBe('guest');
  expect(
    (await net.sh('host', 'nft list chain ip libvirt_network forward')).match(/ct status dnat accept/g),
  ).toHaveLength(1);
  await net.sh('host', 'nft delete table ip libvirt_network');
});

test('Docker on the same host: the command of the drop-in, run at each start', async () => {
  await net.sh(
    'host',
    `iptables -P FORWARD DROP; iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER
     iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  );
  await net.apply([{ listen: 8080, target: '192.168.122.2:80' }]);
  expect(await net.isSilent('client', '203.0.113.77', 8080)).toBe(true);
  const [dropIn = ''] = recipe('Docker on the same host', 'ini');
  const [, command = ''] = /^ExecStartPost=(.*)$/m.exec(dropIn) ?? [];
  for (const _ of [1, 2]) await net.sh('host', command);
  expect(await who('client', '203.0.113.77', 8080)).toBe('guest');
  expect((await net.sh('host', 'iptables -S DOCKER-USER')).match(/DNAT -j ACCEPT/g)).toHaveLength(1);
  await net.sh('host', 'iptables -P FORWARD ACCEPT; iptables -F; iptables -X');
});

test('ufw: the exact rules let the forward through, and not the port itself', async () => {
  await net.sh(
    'host',
    `iptables -P INPUT DROP; iptables -P FORWARD DROP
     for side in input forward; do iptables -N ufw-before-$side; done
     iptables -A INPUT -j ufw-before-input; iptables -A FORWARD -j ufw-before-forward
     for side in input forward; do iptables -A ufw-before-$side -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; done`,
  );
  await net.agents.host.serve({ protocol: 'tcp', address: '192.168.1.1', port: 5000, as: 'own' });
  const [local = '', remote = ''] = recipe('ufw', 'text');
  for (const [rule, target, answers] of [
    [local, '192.168.1.1:5000', 'own'],
    [remote, '192.168.122.2:80', 'guest'],
  ] as const) {
    const [finding] = await net.apply([{ listen: 80, target }]);
    expect(finding?.remedy).toMatch(/without the forward, and docs\/recipes\.md has a rule that does not$/);
    expect(await net.isSilent('client', '203.0.113.77', 80)).toBe(true);
    await net.sh('host', `iptables ${rule}`);
    expect(await who('client', '203.0.113.77', 80)).toBe(answers);
  }
  await net.sh('client', 'ip route replace 192.168.0.0/16 via 203.0.113.77');
  expect(await net.isSilent('client', '192.168.1.1', 5000)).toBe(true);
  expect(await net.isSilent('client', '192.168.122.2', 80)).toBe(true);
  await net.sh('host', 'iptables -P INPUT ACCEPT; iptables -P FORWARD ACCEPT; iptables -F; iptables -X');
});

test('helpers: the connection of an FTP client has one', async () => {
  const [table = ''] = recipe('FTP, SIP and TFTP', 'nft');
  await net.sh('host', `cat > /tmp/helpers.nft <<'END'\n${table}END\nnft -f /tmp/helpers.nft`);
  await net.apply([{ listen: 2121, target: '10.8.0.2:21' }]);
  expect(await who('client', '203.0.113.77', 2121)).toBe('web');
  expect(await net.sh('host', 'conntrack -L -p tcp --orig-port-dst 2121 2>/dev/null')).toContain('helper=ftp');
  await net.sh('host', 'nft delete table inet helpers');
});

test('a unique local address stays when the prefix changes', async () => {
  const [model = ''] = recipe('A provider that changes the IPv6 prefix', 'yaml');
  await net.applyText(model);
  expect(await who('client', '2001:db8:1::1', 443)).toBe('web');
  await net.sh('host', 'ip address delete 2001:db8:1::1/64 dev ppp0; ip address add 2001:db8:1::9/64 dev ppp0 nodad');
  expect(await who('client', '2001:db8:1::9', 443)).toBe('web');
});
