import type { Lab } from '../lab/lab.ts';
import { serveAll } from '../lab/services.ts';

/**
 * What the scenarios of features.ts need besides the lab: a second inside address, link-local addresses that are known,
 * targets that are reached through a router (the client), a neighbour of the target that lives outside (the
 * client again), and machines that send 127.0.0.0/8 to the host.
 */
export async function addExtraAddresses(lab: Lab): Promise<void> {
  await lab.sh(
    'host',
    `ip address add 10.0.0.9/32 dev in0
     ip address add fe80::1/64 dev out0 nodad
     ip route add 198.51.100.0/24 via 203.0.113.7
     ip route add 198.51.100.128/25 via 10.0.0.3
     ip route add 2001:db8:9::20 via 2001:db8:1::7
     ip route add 10.0.0.77 via 203.0.113.7
     ip route add 2001:db8:2::77 via 2001:db8:1::7`,
  );
  await lab.sh(
    'client',
    `ip address add 198.51.100.20/32 dev lo
     ip address add 2001:db8:9::20/128 dev lo nodad
     ip address add 10.0.0.77/32 dev lo
     ip address add 2001:db8:2::77/128 dev lo nodad
     ip address add fe80::7/64 dev eth0 nodad`,
  );
  const mac = await lab.sh('host', 'cat /sys/class/net/in0/address');
  await lab.sh(
    'neighbour',
    `ip address add 198.51.100.130/32 dev lo
     ip neighbour replace fe80::1 lladdr ${mac} dev eth0`,
  );
  for (const [machine, gateway] of [
    ['client', '203.0.113.1'],
    ['backend', '10.0.0.1'],
  ] as const) {
    await lab.sh(
      machine,
      `ip address delete 127.0.0.1/8 dev lo
       sysctl -qw net.ipv4.conf.all.route_localnet=1
       ip route add 127.0.0.0/8 via ${gateway}`,
    );
  }
  await serveAll(lab, [
    { on: 'host', address: '203.0.113.1', port: 7100, as: 'own' },
    { on: 'host', address: '2001:db8:1::1', port: 7100, as: 'own' },
    { on: 'host', address: '::1', port: 7200, as: 'own' },
    { on: 'host', address: 'fe80::1%out0', port: 7100, as: 'own' },
    { on: 'host', address: '127.0.0.1', port: 8080, as: 'own' },
    { on: 'client', address: '198.51.100.20', port: 5000 },
    { on: 'client', address: '2001:db8:9::20', port: 5000 },
  ]);
  await lab.agents.host.serve({ protocol: 'tcp', address: '203.0.113.1', port: 7300, as: 'own', hold: true });
  for (const [address, port] of [
    ['10.0.0.2', 7400],
    ['2001:db8:2::2', 7400],
    ['10.0.0.2', 7404],
  ] as const)
    await lab.agents.backend.serve({ protocol: 'tcp', address, port, hold: true });
}
