import type { Answer } from './agent.ts';
import type { Lab } from './lab.ts';
import type { Scenario, Step } from './scenario.ts';
import { serveAll } from './services.ts';

/**
 * What these scenarios need besides the lab: a second inside address, link-local addresses that are known,
 * targets that are reached through a router (the client), and machines that send 127.0.0.0/8 to the host.
 */
export async function furnish(lab: Lab): Promise<void> {
  await lab.sh(
    'host',
    `ip address add 10.0.0.9/32 dev in0
     ip address add fe80::1/64 dev out0 nodad
     ip route add 198.51.100.20 via 203.0.113.7
     ip route add 2001:db8:9::20 via 2001:db8:1::7`,
  );
  await lab.sh(
    'client',
    `ip address add 198.51.100.20/32 dev lo
     ip address add 2001:db8:9::20/128 dev lo nodad
     ip address add fe80::7/64 dev eth0 nodad`,
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
}

const answer = (who: string, at: string, port: number, sees: string): Answer => ({ who, at, port, sees });
const backend = (sees: string): Answer => answer('backend', '10.0.0.2', 5000, sees);
const backend6 = (sees: string): Answer => answer('backend', '2001:db8:2::2', 5000, sees);
const step = (from: Step['from'], to: string, port: number, expect: Answer | null, fromAddress?: string): Step => ({
  from,
  to,
  port,
  protocol: 'tcp',
  expect,
  ...(fromAddress === undefined ? {} : { fromAddress }),
});

const OUT = '203.0.113.1';
const OUT6 = '2001:db8:1::1';
const TO_BACKEND = { protocol: 'tcp', listen: '6000', target: '10.0.0.2:5000' } as const;
const TO_BACKEND6 = { protocol: 'tcp', listen: '[::]:6000', target: '[2001:db8:2::2]:5000' } as const;

/** Each key of the model, and each corner where something has to be left alone. */
export const FEATURES: readonly Scenario[] = [
  {
    name: 'interface: only what comes in there',
    forwards: [
      { ...TO_BACKEND, interface: 'out0' },
      { ...TO_BACKEND6, interface: 'out0' },
    ],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('client', OUT6, 6000, backend6('2001:db8:1::7')),
      step('neighbour', OUT, 6000, null),
      step('host', OUT, 6000, null),
      step('host', OUT6, 6000, null),
    ],
  },
  {
    name: 'interface: a list, and a neighbour of the target behind it',
    forwards: [
      { ...TO_BACKEND, interface: ['in0', 'svc0'] },
      { ...TO_BACKEND6, interface: ['in0', 'svc0'] },
    ],
    steps: [
      { ...step('neighbour', OUT, 6000, backend('10.0.0.1')), bridged: backend('10.0.0.3') },
      { ...step('neighbour', OUT6, 6000, backend6('2001:db8:2::1')), bridged: backend6('2001:db8:2::3') },
      step('client', OUT, 6000, null),
    ],
  },
  {
    name: 'interface: every one that begins so',
    forwards: [{ ...TO_BACKEND, interface: ['i*', 'out0'], wildcard: true }],
    steps: [
      { ...step('neighbour', OUT, 6000, backend('10.0.0.1')), bridged: backend('10.0.0.3') },
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('host', OUT, 6000, null),
    ],
  },
  {
    name: 'masquerade: always',
    forwards: [
      { ...TO_BACKEND, masquerade: 'always' },
      { ...TO_BACKEND6, masquerade: 'always' },
    ],
    steps: [step('client', OUT, 6000, backend('10.0.0.1')), step('client', OUT6, 6000, backend6('2001:db8:2::1'))],
  },
  {
    name: 'masquerade: never',
    forwards: [{ ...TO_BACKEND, masquerade: 'never' }],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      { ...step('neighbour', OUT, 6000, null), bridged: backend('10.0.0.3') },
    ],
  },
  {
    name: 'the host from an address of its own in the subnet of the target',
    forwards: [TO_BACKEND],
    steps: [step('host', '10.0.0.1', 6000, backend('10.0.0.9'), '10.0.0.9')],
  },
  {
    name: 'hairpin through a router: the target is no neighbour',
    forwards: [
      { ...TO_BACKEND, target: '198.51.100.20:5000' },
      { ...TO_BACKEND6, target: '[2001:db8:9::20]:5000' },
    ],
    steps: [
      step('client', OUT, 6000, answer('client', '198.51.100.20', 5000, OUT), '198.51.100.20'),
      step('client', OUT6, 6000, answer('client', '2001:db8:9::20', 5000, OUT6), '2001:db8:9::20'),
      step('backend', OUT, 6000, answer('client', '198.51.100.20', 5000, '10.0.0.2')),
    ],
  },
  {
    name: 'a listen on one address of the host, and a neighbour of the target',
    forwards: [
      { ...TO_BACKEND, listen: '203.0.113.1:6000' },
      { ...TO_BACKEND6, listen: '[2001:db8:1::1]:6000' },
    ],
    steps: [
      step('neighbour', OUT, 6000, backend('10.0.0.1')),
      step('neighbour', OUT6, 6000, backend6('2001:db8:2::1')),
      step('neighbour', '10.0.0.1', 6000, null),
    ],
  },
  {
    name: 'a listen in 127.0.0.0/8 is for the host alone',
    forwards: [{ ...TO_BACKEND, listen: '127.0.0.2:6000', target: '127.0.0.1:8080' }],
    steps: [
      step('host', '127.0.0.2', 6000, answer('own', '127.0.0.1', 8080, '127.0.0.1')),
      step('host', '127.0.0.1', 6000, null),
      step('client', OUT, 6000, null),
    ],
  },
  {
    name: 'a listen in 127.0.0.0/8 with a target that others could reach',
    forwards: [{ ...TO_BACKEND, listen: '127.0.0.2:6000', target: '192.168.0.2:5000' }],
    steps: [
      step('host', '127.0.0.2', 6000, answer('host', '192.168.0.2', 5000, '127.0.0.1')),
      step('client', '127.0.0.2', 6000, null),
      step('backend', '127.0.0.2', 6000, null),
    ],
  },
  {
    name: 'loopback: 127.0.0.1 leads to another host, and nobody else to 127.0.0.1',
    forwards: [{ ...TO_BACKEND, loopback: true }],
    steps: [
      step('host', '127.0.0.1', 6000, backend('10.0.0.1')),
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('backend', '127.0.0.1', 8080, null),
      step('client', '127.0.0.1', 8080, null),
    ],
  },
  {
    name: 'what the host sends from 127.0.0.1 to a forward to another host is left alone',
    covers: true,
    forwards: [{ ...TO_BACKEND, listen: '7100' }],
    steps: [
      step('host', OUT, 7100, answer('own', OUT, 7100, '127.0.0.1'), '127.0.0.1'),
      step('host', OUT, 7100, backend(OUT)),
    ],
  },
  {
    name: 'what comes from a link-local address is left alone by a forward to another host',
    covers: true,
    forwards: [{ ...TO_BACKEND6, listen: '[::]:7100' }],
    steps: [
      step('client', OUT6, 7100, answer('own', OUT6, 7100, 'fe80::7'), 'fe80::7%eth0'),
      step('client', OUT6, 7100, backend6('2001:db8:1::7')),
    ],
  },
  {
    name: "the host's own link-local connections are left alone",
    covers: true,
    forwards: [{ ...TO_BACKEND6, listen: '[::]:7100', target: '[2001:db8:3::2]:5000' }],
    steps: [
      step('host', 'fe80::1%out0', 7100, answer('own', 'fe80::1', 7100, 'fe80::1')),
      step('host', OUT6, 7100, answer('host', '2001:db8:3::2', 5000, OUT6)),
    ],
  },
  {
    name: '::1 is left alone by a forward to this host',
    forwards: [{ ...TO_BACKEND6, listen: '[::]:7200', target: '[2001:db8:3::2]:5000' }],
    steps: [step('host', '::1', 7200, answer('own', '::1', 7200, '::1'))],
  },
  {
    name: 'routing turned on lets nobody through but the clients of forwards',
    turnsRoutingOn: true,
    forwards: [TO_BACKEND, TO_BACKEND6],
    steps: [
      step('client', OUT, 6000, backend('203.0.113.7')),
      step('client', OUT6, 6000, backend6('2001:db8:1::7')),
      step('client', '10.0.0.2', 5000, null),
      step('client', '2001:db8:2::2', 5000, null),
    ],
  },
];
